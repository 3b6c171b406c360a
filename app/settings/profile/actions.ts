"use server";

import { signedIn } from "#lib/console/access.ts";
import { defineAction } from "#lib/console/action.ts";
import {
  beginTwoFactor,
  changePassword,
  changePasswordInput,
  codeInput,
  confirmTwoFactor,
  endTwoFactor,
  passwordInput,
  renewRecoveryCodes,
  revokeSession,
  revokeSessionInput,
} from "#lib/console/profile.ts";
import { refreshing } from "#lib/console/refreshing.ts";

export const changePasswordAction = defineAction(
  "password.change",
  signedIn,
  changePasswordInput,
  refreshing("/settings/profile", changePassword),
);

export const beginTwoFactorAction = defineAction("two-factor.begin", signedIn, passwordInput, beginTwoFactor);

export const confirmTwoFactorAction = defineAction("two-factor.confirm", signedIn, codeInput, confirmTwoFactor);

export const endTwoFactorAction = defineAction("two-factor.end", signedIn, passwordInput, refreshing("/settings/profile", endTwoFactor));

export const renewRecoveryCodesAction = defineAction("recovery-codes.renew", signedIn, passwordInput, renewRecoveryCodes);

export const revokeSessionAction = defineAction(
  "session.revoke",
  signedIn,
  revokeSessionInput,
  refreshing("/settings/profile", revokeSession),
);
