"use client";

import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { type Column, Table } from "#components/ui/table.tsx";
import { Time } from "#components/ui/time.tsx";
import type { UserRow, UsersView } from "#lib/console/users.ts";

/** The tenant's people. */
export function UsersTable({ view, onManage }: { view: UsersView; onManage(userId: string): void }) {
  const columns: Column<UserRow>[] = [
    { key: "email", header: "Email", cell: (user) => <Email user={user} /> },
    { key: "role", header: "Role", cell: ({ role }) => role },
    { key: "two-factor", header: "Two-factor", cell: ({ hasTwoFactor }) => (hasTwoFactor ? "On" : "Off") },
    { key: "signed-in", header: "Signed in", cell: ({ signedInAt }) => (signedInAt ? <Time value={signedInAt} /> : "Not at present") },
  ];
  const actions: Column<UserRow> = {
    key: "actions",
    header: "Actions",
    isHeaderHidden: true,
    className: "md:w-px",
    cell: ({ userId, email }) => (
      <Button aria-label={`Manage ${email}`} onClick={() => onManage(userId)}>
        Manage
      </Button>
    ),
  };
  return (
    <Table caption="Users" columns={view.isReadOnly ? columns : [...columns, actions]} rows={view.users} rowKey={({ userId }) => userId} />
  );
}

function Email({ user }: { user: UserRow }) {
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <span className="min-w-0 font-medium wrap-anywhere">{user.email}</span>
      {user.isChannelAdmin && <span className="text-small text-quiet">Channel Admin</span>}
      {user.isDeactivated && <Badge meaning="notice">Deactivated</Badge>}
    </span>
  );
}
