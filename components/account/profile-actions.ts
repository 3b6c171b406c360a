import type { EnrolmentView } from "#lib/console/profile.ts";
import type { Result } from "#lib/site/problem.ts";

/** The server's part of the profile. */
export type ProfileActions = {
  changePassword(input: { password: string; newPassword: string }): Promise<Result<null>>;
  beginTwoFactor(input: { password: string }): Promise<Result<EnrolmentView>>;
  confirmTwoFactor(input: { code: string }): Promise<Result<null>>;
  endTwoFactor(input: { password: string }): Promise<Result<null>>;
  renewRecoveryCodes(input: { password: string }): Promise<Result<{ recoveryCodes: string[] }>>;
  revokeSession(input: { sessionId: string }): Promise<Result<null>>;
};
