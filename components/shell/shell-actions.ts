import type { Result } from "#lib/site/problem.ts";
import type { Tenant } from "#lib/store/tenants.ts";

/** What the sidebar asks of the server. */
export type ShellActions = {
  switchTenant(input: { tenantId: string }): Promise<Result<null>>;
  createTenant(input: { name: string }): Promise<Result<Tenant>>;
  signOut(input: undefined): Promise<Result<null>>;
};
