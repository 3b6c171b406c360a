"use client";

import { PasswordCard } from "#components/account/password-card.tsx";
import type { ProfileActions } from "#components/account/profile-actions.ts";
import { SessionsCard } from "#components/account/sessions-card.tsx";
import { TwoFactorCard } from "#components/account/two-factor-card.tsx";
import { PageHeader } from "#components/shell/page-header.tsx";
import { Card } from "#components/ui/card.tsx";
import { Facts } from "#components/ui/facts.tsx";
import type { ProfileView } from "#lib/console/profile.ts";

/** One's own account: password, second factor, open sessions. */
export function ProfilePanel({ view, actions }: { view: ProfileView; actions: ProfileActions }) {
  return (
    <div className="@container grid max-w-[880px] gap-4">
      <div className="-mb-2">
        <PageHeader title="Profile" />
      </div>
      <Card title="Account">
        <Facts facts={[{ label: "Email", value: view.email }, ...view.roles.map(({ tenant, role }) => ({ label: tenant, value: role }))]} />
      </Card>
      <PasswordCard email={view.email} changePassword={actions.changePassword} />
      <TwoFactorCard isOn={view.hasTwoFactor} actions={actions} />
      <SessionsCard sessions={view.sessions} revokeSession={actions.revokeSession} />
    </div>
  );
}
