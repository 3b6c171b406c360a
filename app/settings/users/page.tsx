import type { Metadata } from "next";
import {
  inviteAction,
  removeUserAction,
  resetPasswordAction,
  resetTwoFactorAction,
  setDeactivatedAction,
  setRoleAction,
  withdrawInvitationAction,
} from "#app/settings/users/actions.ts";
import { UsersPanel } from "#components/account/users-panel.tsx";
import { inChosenTenant } from "#lib/console/access.ts";
import { openPage } from "#lib/console/page.ts";
import { loadUsers } from "#lib/console/users.ts";

export const metadata: Metadata = { title: "Users" };

const actions = {
  invite: inviteAction,
  withdraw: withdrawInvitationAction,
  setRole: setRoleAction,
  remove: removeUserAction,
  resetPassword: resetPasswordAction,
  resetTwoFactor: resetTwoFactorAction,
  setDeactivated: setDeactivatedAction,
};

export default async function UsersPage() {
  return <UsersPanel view={await loadUsers(await openPage(inChosenTenant("Read-Only"), null))} actions={actions} />;
}
