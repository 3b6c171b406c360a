import type { TenantRole } from "#lib/account/role.ts";
import type { Result } from "#lib/site/problem.ts";

/** The server's part of Settings → Users. */
export type UserActions = {
  invite(input: { tenantId: string; email: string; role: TenantRole }): Promise<Result<{ path: string }>>;
  withdraw(input: { tenantId: string; invitationId: string }): Promise<Result<null>>;
  setRole(input: Place & { role: TenantRole }): Promise<Result<null>>;
  remove(input: Place): Promise<Result<null>>;
  resetPassword(input: Place): Promise<Result<{ path: string }>>;
  resetTwoFactor(input: Place): Promise<Result<null>>;
  setDeactivated(input: Place & { isDeactivated: boolean }): Promise<Result<null>>;
};

type Place = { tenantId: string; userId: string };
