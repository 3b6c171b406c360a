"use client";

import { codeFact } from "#components/activity/code-fact.tsx";
import { ExplanationNote } from "#components/activity/explanation-note.tsx";
import { ForeignText, SentenceWithNames } from "#components/activity/foreign-text.tsx";
import { presentedFacts, presentedName } from "#components/activity/presented-facts.tsx";
import { VerdictBadge } from "#components/activity/verdict-badge.tsx";
import { Facts } from "#components/ui/facts.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { type Column, Table } from "#components/ui/table.tsx";
import { Time } from "#components/ui/time.tsx";
import { wholeActivity, writeActivityQuery } from "#lib/console/activity-query.ts";
import type { GroupView } from "#lib/console/activity-view.ts";
import type { Actor } from "#lib/site/explanation.ts";
import { verdictWords } from "#lib/site/verdict-words.ts";

const columnsWith = (first: string): readonly Column<GroupView>[] => [
  { key: "who", header: first, className: "@min-[46rem]:w-3/5", cell: (group) => <Who group={group} /> },
  { key: "count", header: "How often", className: "@min-[46rem]:whitespace-nowrap", cell: (group) => <Count group={group} /> },
  { key: "last", header: "Last", className: "@min-[46rem]:whitespace-nowrap", cell: ({ lastAt }) => <Time value={lastAt} /> },
  { key: "events", header: "Actions", isHeaderHidden: true, className: "md:w-px", cell: (group) => <EventsLink group={group} /> },
];

/** One row for each certificate and what became of it, the last seen first. */
export function GroupTable({ caption, first, groups }: { caption: string; first: "Who" | "What"; groups: readonly GroupView[] }) {
  return <Table caption={caption} columns={columnsWith(first)} rows={groups} rowKey={keyOf} />;
}

function keyOf({ kind, verdict, isRefused, fingerprint }: GroupView): string {
  return [kind, verdict, isRefused, fingerprint].join(" ");
}

function Who({ group }: { group: GroupView }) {
  const { explanation, reason, lastAddress, firstAt } = group;
  return (
    <div className="grid min-w-0 gap-1">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        {group.kind === "handshake" && (
          <span className="font-medium">
            <ForeignText>{presentedName(group)}</ForeignText>
          </span>
        )}
        <VerdictBadge {...group} />
      </p>
      <p className="max-w-[84ch] text-quiet">
        <SentenceWithNames>{explanation.sentence}</SentenceWithNames>
      </p>
      <details>
        <summary className="w-fit rounded-xs text-small text-quiet">{foldedWords[explanation.actor]}</summary>
        <div className="grid gap-2 pt-1.5">
          <ExplanationNote explanation={explanation} isSentenceShown={false} />
          <Facts
            facts={[
              ...(firstAt === null ? [] : [{ label: "First seen", value: <Time value={firstAt} /> }]),
              { label: "Last address", value: lastAddress || "not known", isMono: true },
              ...codeFact(group),
              ...(reason === null ? [] : [{ label: "Last reason", value: <ForeignText>{reason}</ForeignText> }]),
              ...presentedFacts(group),
            ]}
          />
        </div>
      </details>
    </div>
  );
}

/** Whose turn it is can be read without opening the row. */
const foldedWords: Record<Actor, string> = {
  partner: "Next step for the client’s owner",
  you: "Next step for you",
  origin: "Next step for the origin’s operator",
  unclear: "Next step",
  nobody: "Details",
};

const units = { handshake: "handshake", request: "request", origin: "failure" };

function Count({ group: { kind, count } }: { group: GroupView }) {
  return `${count.toLocaleString("en")} ${units[kind]}${count === 1 ? "" : "s"}`;
}

function EventsLink({ group }: { group: GroupView }) {
  const { kind, verdict, fingerprint } = group;
  const certificate = kind === "handshake" ? (fingerprint ?? "none") : null;
  return (
    <LinkButton
      href={`?${writeActivityQuery({ ...wholeActivity, range: "30d", kind, verdict, certificate })}#events`}
      aria-label={`Events of ${kind === "handshake" ? `${presentedName(group)}, ` : ""}${verdictWords[verdict]}`}
    >
      Events
    </LinkButton>
  );
}
