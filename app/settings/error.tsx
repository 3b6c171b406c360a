"use client";

import { Failure } from "#components/shell/failure.tsx";

export default function SettingsError(props: { error: unknown; retry: () => void }) {
  return <Failure {...props} />;
}
