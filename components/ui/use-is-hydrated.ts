"use client";

import { useSyncExternalStore } from "react";

/** False on the server and while the page comes alive, true from then on: for what only this browser can know or do. */
export function useIsHydrated(): boolean {
  return useSyncExternalStore(
    () => () => {},
    () => true,
    () => false,
  );
}
