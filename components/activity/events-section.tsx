"use client";

import { Download, Pause, Play } from "lucide-react";
import { ActivityToolbar } from "#components/activity/activity-toolbar.tsx";
import { EventTable } from "#components/activity/event-table.tsx";
import { type Follow, useFollow } from "#components/activity/use-follow.ts";
import { useTypedQuery } from "#components/shell/use-typed-query.ts";
import { Button } from "#components/ui/button.tsx";
import { buttonLook } from "#components/ui/button-look.ts";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { StatusRegion, StatusText } from "#components/ui/status-region.tsx";
import { type ActivityQuery, activityRanges, isNarrowed, wholeActivity, writeActivityQuery } from "#lib/console/activity-query.ts";
import type { ActivityView, EventView } from "#lib/console/activity-view.ts";

/** What happened, one by one: filters live in the URL, so that what is found can be sent to somebody. */
export function EventsSection({ view, query }: { view: ActivityView; query: ActivityQuery }) {
  const { typed, show, isPending } = useTypedQuery(query, writeActivityQuery);
  const follow = useFollow(view.siteId, query, view.events);
  const events = query.before === null ? merge(follow.events, view.events) : view.events;
  const { words } = activityRanges[query.range];
  return (
    <section aria-labelledby="events" className="@container grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <h2 id="events" className="mr-auto text-section font-semibold">
          Events of the last {words}
        </h2>
        {query.before === null && (
          <Button onClick={follow.toggle}>
            {follow.isOn ? <Pause aria-hidden className="size-4" /> : <Play aria-hidden className="size-4" />}
            {follow.isOn ? "Pause" : "Follow"}
          </Button>
        )}
        <Export siteId={view.siteId} query={query} format="csv" />
        <Export siteId={view.siteId} query={query} format="json" />
      </div>
      <ActivityToolbar query={typed} onQuery={show} />
      {query.certificate !== null && (
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="min-w-0 wrap-anywhere">
            Only events {query.certificate === "none" ? "without a certificate" : "of the certificate "}
            {query.certificate !== "none" && (
              <>
                <code className="font-mono text-mono">{query.certificate}</code>{" "}
                <CopyButton value={query.certificate} label="Copy fingerprint" />
              </>
            )}
          </span>
          <Button onClick={() => show({ ...query, certificate: null, before: null })}>Of all clients</Button>
        </p>
      )}
      <StatusRegion className="text-quiet">
        <Status follow={follow} query={query} count={events.length} hasOlder={view.olderBefore !== null} isPending={isPending} />
      </StatusRegion>
      <div aria-busy={isPending} className="grid gap-3 aria-busy:opacity-60">
        {events.length > 0 ? (
          <EventTable caption={`Events of the last ${words}`} events={events} />
        ) : (
          <Nothing
            query={query}
            onClear={() => show({ ...wholeActivity, range: query.range })}
            onWiden={() => show({ ...query, range: "30d" })}
          />
        )}
        <div className="flex flex-wrap gap-2 empty:hidden">
          {query.before !== null && <LinkButton href={`?${writeActivityQuery({ ...query, before: null })}`}>Newest events</LinkButton>}
          {view.olderBefore !== null && !follow.isOn && (
            <LinkButton href={`?${writeActivityQuery({ ...query, before: view.olderBefore })}`}>Older events</LinkButton>
          )}
        </div>
      </div>
    </section>
  );
}

function Status(props: { follow: Follow; query: ActivityQuery; count: number; hasOlder: boolean; isPending: boolean }) {
  const { follow, query, count, hasOlder, isPending } = props;
  if (follow.isUnreachable)
    return <StatusText meaning="notice">The console does not answer; this list asks again every two seconds.</StatusText>;
  if (follow.isOn)
    return (
      <>
        Following: {follow.count} new {follow.count === 1 ? "event" : "events"}
        {follow.isCut && ", and more than this list can show at once: pause and narrow the filters, or export them"}
      </>
    );
  if (isPending || !isNarrowed(query)) return null;
  return `${count}${hasOlder ? " or more" : ""} ${count === 1 ? "event matches" : "events match"}`;
}

function Export({ siteId, query, format }: { siteId: string; query: ActivityQuery; format: "csv" | "json" }) {
  const filter = writeActivityQuery({ ...query, before: null, callersBefore: null });
  return (
    <a href={`/api/sites/${siteId}/activity/export?format=${format}&${filter}`} download className={buttonLook("secondary")}>
      <Download aria-hidden className="size-4" />
      Export {format.toUpperCase()}
    </a>
  );
}

function Nothing({ query, onClear, onWiden }: { query: ActivityQuery; onClear(): void; onWiden(): void }) {
  const { words } = activityRanges[query.range];
  return (
    <EmptyState
      title={isNarrowed(query) ? `No event of the last ${words} matches` : `Nothing happened in the last ${words}`}
      action={
        <div className="flex flex-wrap justify-center gap-2">
          {query.range !== "30d" && <Button onClick={onWiden}>Look at 30 days</Button>}
          {isNarrowed(query) && <Button onClick={onClear}>Clear filters</Button>}
        </div>
      }
    >
      <p>The search looks for a whole request ID or address, the beginning of a fingerprint, or a part of a subject or server name.</p>
    </EmptyState>
  );
}

/** The page and what came since, each row once, the newest first. */
function merge(tail: readonly EventView[], page: readonly EventView[]): EventView[] {
  const rows = new Map([...page, ...tail].map((event) => [event.id, event]));
  return [...rows.values()].toSorted((one, other) => other.id - one.id);
}
