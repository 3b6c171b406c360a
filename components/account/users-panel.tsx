"use client";

import { Lock, UserPlus } from "lucide-react";
import { useState } from "react";
import { InvitationList } from "#components/account/invitation-list.tsx";
import { InviteDialog } from "#components/account/invite-dialog.tsx";
import type { UserActions } from "#components/account/user-actions.ts";
import { UserDialog } from "#components/account/user-dialog.tsx";
import { UsersTable } from "#components/account/users-table.tsx";
import { PageHeader } from "#components/shell/page-header.tsx";
import { Button } from "#components/ui/button.tsx";
import type { UsersView } from "#lib/console/users.ts";

/** Settings → Users: who belongs to the tenant, in which role, and who is invited. */
export function UsersPanel({ view, actions }: { view: UsersView; actions: UserActions }) {
  const [isInviting, setInviting] = useState(false);
  const [managedId, setManagedId] = useState<string | null>(null);
  const managed = view.users.find(({ userId }) => userId === managedId);
  return (
    <div className="@container grid gap-6">
      <div className="-mb-4">
        <PageHeader
          title="Users"
          actions={
            !view.isReadOnly && (
              <Button variant="primary" onClick={() => setInviting(true)}>
                <UserPlus aria-hidden className="size-4" />
                Invite
              </Button>
            )
          }
        >
          <p className="max-w-[84ch] text-quiet">
            Who may see the sites of the tenant {view.tenantName}. An Admin may do everything in it; Read-Only sees facts and changes
            nothing.
          </p>
        </PageHeader>
        {view.isReadOnly && (
          <p className="flex items-start gap-1.5 text-quiet">
            <Lock aria-hidden className="mt-[3px] size-3.5 shrink-0" />
            Your role here is Read-Only: an Admin of this tenant invites people and changes roles.
          </p>
        )}
      </div>
      <UsersTable view={view} onManage={setManagedId} />
      <InvitationList view={view} withdraw={actions.withdraw} />
      {isInviting && <InviteDialog tenantId={view.tenantId} invite={actions.invite} onClose={() => setInviting(false)} />}
      {managed && (
        <UserDialog key={managed.userId} tenantId={view.tenantId} user={managed} actions={actions} onClose={() => setManagedId(null)} />
      )}
    </div>
  );
}
