"use client";

import { type ReactNode, useLayoutEffect } from "react";
import { type ShownTenant, useShowTenant } from "#components/shell/shown-tenant.tsx";

/** A page that belongs to a tenant of its own, whatever the menu has chosen: the sidebar names that one while it is open. */
export function TenantOfPage({ tenant, children }: { tenant: ShownTenant; children: ReactNode }) {
  const show = useShowTenant();
  const { id, name } = tenant;
  useLayoutEffect(() => {
    show({ id, name });
    return () => show(null);
  }, [show, id, name]);
  return children;
}
