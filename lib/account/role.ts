/** What people may do in a tenant, the most powerful first. Runs in a browser. */
export const tenantRoles = ["Admin", "Read-Only"] as const;
export type TenantRole = (typeof tenantRoles)[number];

/** A tenant that somebody belongs to. */
export type Membership = { tenantId: string; tenantName: string; role: TenantRole };

/** Somebody, as far as rights go. */
export type RightsHolder = { isChannelAdmin: boolean; memberships: readonly Membership[] };

/** What somebody is in a tenant; a Channel Admin is Admin everywhere, null means a stranger who must not learn that it exists. */
export function roleIn({ isChannelAdmin, memberships }: RightsHolder, tenantId: string): TenantRole | null {
  if (isChannelAdmin) return "Admin";
  return memberships.find((membership) => membership.tenantId === tenantId)?.role ?? null;
}

/** Whether one role includes what another may do. */
export function includesRole(role: TenantRole, needed: TenantRole): boolean {
  return role === "Admin" || needed === "Read-Only";
}
