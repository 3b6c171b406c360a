import type { Metadata } from "next";
import {
  beginTwoFactorAction,
  changePasswordAction,
  confirmTwoFactorAction,
  endTwoFactorAction,
  renewRecoveryCodesAction,
  revokeSessionAction,
} from "#app/settings/profile/actions.ts";
import { ProfilePanel } from "#components/account/profile-panel.tsx";
import { signedIn } from "#lib/console/access.ts";
import { openPage } from "#lib/console/page.ts";
import { loadProfile } from "#lib/console/profile.ts";

export const metadata: Metadata = { title: "Profile" };

const actions = {
  changePassword: changePasswordAction,
  beginTwoFactor: beginTwoFactorAction,
  confirmTwoFactor: confirmTwoFactorAction,
  endTwoFactor: endTwoFactorAction,
  renewRecoveryCodes: renewRecoveryCodesAction,
  revokeSession: revokeSessionAction,
};

export default async function ProfilePage() {
  return <ProfilePanel view={await loadProfile(await openPage(signedIn, null))} actions={actions} />;
}
