"use client";

import { browserName } from "#components/account/browser-name.ts";
import type { ProfileActions } from "#components/account/profile-actions.ts";
import { useSubmit } from "#components/account/use-submit.ts";
import { Button } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { type Column, Table } from "#components/ui/table.tsx";
import { Time } from "#components/ui/time.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { SessionView } from "#lib/console/profile.ts";

type SessionsCardProps = { sessions: readonly SessionView[]; revokeSession: ProfileActions["revokeSession"] };

/** Where one is signed in, and a way to end what should not be open. */
export function SessionsCard({ sessions, revokeSession }: SessionsCardProps) {
  const toast = useToast();
  const { send, isBusy, problemsOf } = useSubmit(revokeSession, () => toast({ title: "The session has ended" }));
  const columns: Column<SessionView>[] = [
    {
      key: "browser",
      header: "Browser",
      cell: ({ browser, isThis }) => (
        <span className="wrap-anywhere">
          {browserName(browser)}
          {isThis && <span className="text-quiet"> (this one)</span>}
        </span>
      ),
    },
    { key: "address", header: "Address", cell: ({ address }) => <span className="font-mono text-mono wrap-anywhere">{address}</span> },
    { key: "since", header: "Signed in", cell: ({ createdAt }) => <Time value={createdAt} /> },
    { key: "until", header: "Ends", cell: ({ expiresAt }) => <Time value={expiresAt} /> },
    {
      key: "actions",
      header: "Actions",
      isHeaderHidden: true,
      className: "md:w-px",
      cell: ({ id, isThis, browser, address }) =>
        isThis ? null : (
          <Button
            aria-label={`End the session of ${browserName(browser)} at ${address}`}
            isBusy={isBusy}
            onClick={() => send({ sessionId: id })}
          >
            End
          </Button>
        ),
    },
  ];
  return (
    <Card title="Open sessions">
      <p className="text-quiet">A session ends by itself twelve hours after its sign-in.</p>
      <p role="alert" className="text-danger empty:hidden">
        {problemsOf("")[0]?.message}
      </p>
      <Table caption="Open sessions" columns={columns} rows={sessions} rowKey={({ id }) => id} />
    </Card>
  );
}
