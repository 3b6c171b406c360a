"use client";

import { useSyncExternalStore } from "react";

/** The token of a one-time link: in the address's fragment, which browsers send to no server. Null until it is known. */
export function useLinkToken(): string | null {
  return useSyncExternalStore(
    (changed) => {
      window.addEventListener("hashchange", changed);
      return () => window.removeEventListener("hashchange", changed);
    },
    () => location.hash.slice(1),
    () => null,
  );
}
