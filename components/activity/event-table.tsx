"use client";

import { codeFact } from "#components/activity/code-fact.tsx";
import { ExplanationNote } from "#components/activity/explanation-note.tsx";
import { ForeignText } from "#components/activity/foreign-text.tsx";
import { presentedFacts, presentedName } from "#components/activity/presented-facts.tsx";
import { VerdictBadge } from "#components/activity/verdict-badge.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { type Fact, Facts } from "#components/ui/facts.tsx";
import { type Column, Table } from "#components/ui/table.tsx";
import { Time } from "#components/ui/time.tsx";
import { activityKinds } from "#lib/console/activity-query.ts";
import type { EventView } from "#lib/console/activity-view.ts";

const columns: readonly Column<EventView>[] = [
  { key: "what", header: "What", className: "@min-[46rem]:w-1/2", cell: (event) => <What event={event} /> },
  { key: "who", header: "Client", cell: (event) => <Who event={event} /> },
  { key: "how", header: "Connection", cell: (event) => <How event={event} /> },
  { key: "when", header: "When", className: "@min-[46rem]:whitespace-nowrap", cell: ({ at }) => <Time value={at} /> },
];

/** What happened, newest first; each row opens to everything that is known of it. */
export function EventTable({ caption, events }: { caption: string; events: readonly EventView[] }) {
  return <Table caption={caption} columns={columns} rows={events} rowKey={({ id }) => String(id)} />;
}

function What({ event }: { event: EventView }) {
  const { explanation, verdict } = event;
  return (
    <div className="grid min-w-0 gap-1">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <VerdictBadge {...event} />
        <code className="font-mono text-small text-quiet wrap-anywhere">{verdict}</code>
      </p>
      <details className="text-small">
        <summary className="w-fit rounded-xs text-quiet">Details</summary>
        <div className="grid gap-2 pt-1.5 text-body">
          <ExplanationNote explanation={explanation} />
          <Facts facts={factsOf(event)} />
        </div>
      </details>
    </div>
  );
}

function Who({ event }: { event: EventView }) {
  return (
    <>
      <span className="block">
        <ForeignText>{presentedName(event)}</ForeignText>
      </span>
      <span className="block font-mono text-mono text-quiet wrap-anywhere">{event.address || "address not known"}</span>
    </>
  );
}

function How({ event }: { event: EventView }) {
  const { serverName, protocol, cipher, status, requestId } = event;
  return (
    <div className="grid min-w-0 gap-0.5">
      {serverName !== null && (
        <span className="font-mono text-mono">
          <ForeignText>{serverName}</ForeignText>
        </span>
      )}
      {protocol !== null && <span className="text-small text-quiet wrap-anywhere">{[versionOf(protocol), cipher].join(" · ")}</span>}
      {status !== null && <span className="text-small text-quiet">answered {status}</span>}
      {requestId !== null && (
        <span className="font-mono text-small text-quiet wrap-anywhere">
          {requestId} <CopyButton value={requestId} label={`Copy request ID ${requestId}`} />
        </span>
      )}
    </div>
  );
}

function factsOf(event: EventView): Fact[] {
  const { at, kind, verdict, reason, status, requestId, address, serverName, protocol, cipher, alpn, originAddress, revision } = event;
  const known: (Fact | null)[] = [
    { label: "Time", value: at, isMono: true },
    { label: "Kind", value: activityKinds[kind] },
    { label: "Verdict", value: verdict, isMono: true },
    ...codeFact(event),
    reason === null ? null : { label: "Reason", value: <ForeignText>{reason}</ForeignText> },
    status === null ? null : { label: "Status", value: String(status) },
    requestId === null ? null : { label: "Request ID", value: requestId, isMono: true, copy: requestId },
    address === "" ? null : { label: "Client address", value: address, isMono: true, copy: address },
    serverName === null ? null : { label: "Server name", value: <ForeignText>{serverName}</ForeignText>, isMono: true },
    protocol === null ? null : { label: "TLS", value: [versionOf(protocol), cipher, alpn].filter(Boolean).join(" · ") },
    originAddress === null ? null : { label: "Origin address", value: originAddress, isMono: true },
    revision === null ? null : { label: "Revision", value: String(revision) },
  ];
  return [...known.filter((fact) => fact !== null), ...presentedFacts(event)];
}

function versionOf(protocol: string): string {
  return protocol.replace(/^TLSv/, "TLS ");
}
