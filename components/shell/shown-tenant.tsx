"use client";

import { createContext, type ReactNode, use, useState } from "react";

export type ShownTenant = { id: string; name: string };

const Shown = createContext<ShownTenant | null>(null);
const Show = createContext<(tenant: ShownTenant | null) => void>(() => {});

/** Room for a page to say which tenant it belongs to; nothing on the server changes by it. */
export function ShownTenantProvider({ children }: { children: ReactNode }) {
  const [shown, show] = useState<ShownTenant | null>(null);
  return (
    <Show value={show}>
      <Shown value={shown}>{children}</Shown>
    </Show>
  );
}

/** The tenant of the page that is open, null where the chosen one is shown. */
export function useShownTenant(): ShownTenant | null {
  return use(Shown);
}

export function useShowTenant(): (tenant: ShownTenant | null) => void {
  return use(Show);
}
