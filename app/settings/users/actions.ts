"use server";

import { inTenant } from "#lib/console/access.ts";
import { defineAction } from "#lib/console/action.ts";
import { refreshing } from "#lib/console/refreshing.ts";
import {
  deactivationInput,
  invitationInput,
  inviteInput,
  inviteUser,
  memberInput,
  removeUser,
  resetPassword,
  resetTwoFactor,
  roleInput,
  setDeactivated,
  setRole,
  withdrawInvitation,
} from "#lib/console/users.ts";

export const inviteAction = defineAction("invitation.create", inTenant("Admin"), inviteInput, refreshing("/settings/users", inviteUser));

export const withdrawInvitationAction = defineAction(
  "invitation.withdraw",
  inTenant("Admin"),
  invitationInput,
  refreshing("/settings/users", withdrawInvitation),
);

export const setRoleAction = defineAction("member.role", inTenant("Admin"), roleInput, refreshing("/settings/users", setRole));

export const removeUserAction = defineAction("member.remove", inTenant("Admin"), memberInput, refreshing("/settings/users", removeUser));

export const resetPasswordAction = defineAction(
  "password.reset",
  inTenant("Admin"),
  memberInput,
  refreshing("/settings/users", resetPassword),
);

export const resetTwoFactorAction = defineAction(
  "two-factor.reset",
  inTenant("Admin"),
  memberInput,
  refreshing("/settings/users", resetTwoFactor),
);

export const setDeactivatedAction = defineAction(
  "user.deactivate",
  inTenant("Admin"),
  deactivationInput,
  refreshing("/settings/users", setDeactivated),
);
