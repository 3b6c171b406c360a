"use client";

import { useSubmit } from "#components/account/use-submit.ts";
import type { UserActions } from "#components/account/user-actions.ts";
import { Button } from "#components/ui/button.tsx";
import { type Column, Table } from "#components/ui/table.tsx";
import { Time } from "#components/ui/time.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { InvitationRow, UsersView } from "#lib/console/users.ts";

/** The invitations that nobody has accepted yet; their links are shown to nobody again. */
export function InvitationList({ view, withdraw }: { view: UsersView; withdraw: UserActions["withdraw"] }) {
  const toast = useToast();
  const { send, isBusy, problemsOf } = useSubmit(withdraw, () => toast({ title: "The invitation was withdrawn; its link is dead." }));
  if (view.invitations.length === 0) return null;
  const columns: Column<InvitationRow>[] = [
    { key: "email", header: "Email", cell: ({ email }) => <span className="font-medium wrap-anywhere">{email}</span> },
    { key: "role", header: "Role", cell: ({ role }) => role },
    { key: "by", header: "Invited by", cell: ({ invitedBy }) => <span className="wrap-anywhere">{invitedBy}</span> },
    { key: "expires", header: "Expires", cell: ({ expiresAt }) => <Time value={expiresAt} /> },
  ];
  const actions: Column<InvitationRow> = {
    key: "actions",
    header: "Actions",
    isHeaderHidden: true,
    className: "md:w-px",
    cell: ({ id, email }) => (
      <Button
        aria-label={`Withdraw the invitation of ${email}`}
        isBusy={isBusy}
        onClick={() => send({ tenantId: view.tenantId, invitationId: id })}
      >
        Withdraw
      </Button>
    ),
  };
  return (
    <section aria-labelledby="invitations" className="grid gap-3">
      <h2 id="invitations" className="text-section font-semibold">
        Invitations
      </h2>
      <p role="alert" className="text-danger empty:hidden">
        {problemsOf("")[0]?.message}
      </p>
      <Table
        caption="Invitations"
        columns={view.isReadOnly ? columns : [...columns, actions]}
        rows={view.invitations}
        rowKey={({ id }) => id}
      />
    </section>
  );
}
