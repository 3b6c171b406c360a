import { cookies } from "next/headers";
import { connection } from "next/server";
import type { ReactNode } from "react";
import { Shell } from "#components/shell/shell.tsx";
import { readTheme, themeCookie } from "#components/shell/theme.ts";
import { openContext } from "#lib/console/context.ts";

export default async function SettingsLayout({ children }: { children: ReactNode }) {
  await connection();
  const [{ tenant }, jar] = await Promise.all([openContext(), cookies()]);
  return (
    <Shell tenant={tenant.name} theme={readTheme(jar.get(themeCookie)?.value)}>
      {children}
    </Shell>
  );
}
