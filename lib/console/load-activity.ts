import { type ActivityQuery, activityRanges } from "#lib/console/activity-query.ts";
import type { ActivityView, EventView, GroupView, TailView } from "#lib/console/activity-view.ts";
import type { ConsoleContext } from "#lib/console/context.ts";
import { explainRows, presentedView } from "#lib/console/explain-rows.ts";
import { plotRange, plotView } from "#lib/console/plot-view.ts";
import { readEnvironment } from "#lib/env.ts";
import { explain } from "#lib/site/explanation.ts";
import type { Site } from "#lib/site/schema.ts";
import { otherVerdicts, upstreamVerdicts } from "#lib/site/verdict.ts";
import type { CallerGroup, LedgerEvent, LedgerFilter } from "#lib/store/store.ts";

type Place = { siteId: string; site: Site | null };

const eventsLength = 50;
const callersLength = 20;
const tailLength = 100;

/** What the tab Activity shows of a site; null when the tenant has no such site. */
export async function loadActivity(context: ConsoleContext, siteId: string, query: ActivityQuery): Promise<ActivityView | null> {
  const { store, tenant, now, hasMtlsFeature } = context;
  const place = await placeOf(context, siteId);
  if (!place) return null;
  const range = plotRange(siteId, query.range, now);
  const found = await store.ledger.events(tenant.id, { ...activityFilter(siteId, query, now), limit: eventsLength + 1 });
  const events = found.slice(0, eventsLength);
  const callers = await loadCallers(context, siteId, query);
  const shownCallers = callers.slice(0, callersLength);
  const last = callers.length > callersLength ? shownCallers.at(-1) : undefined;
  return {
    siteId,
    hostName: place.site?.hostName ?? "",
    plot: plotView(await store.ledger.plot(tenant.id, range), query.range, range),
    callers: await groupViews(context, place, shownCallers),
    callersBefore: last ? { lastAt: last.lastAt.getTime(), id: last.id } : null,
    troubles: await loadTroubles(context, place),
    events: await eventViews(context, place, events),
    olderBefore: found.length > eventsLength ? (events.at(-1)?.id ?? null) : null,
    keptDays: readEnvironment().ledgerDays,
    hasMtlsFeature,
  };
}

/** The events after `since` that a query asks for: when more came than fit, the newest of them. */
export async function loadTail(context: ConsoleContext, siteId: string, query: ActivityQuery, since: number): Promise<TailView | null> {
  const { store, tenant, now } = context;
  const place = await placeOf(context, siteId);
  if (!place) return null;
  const filter = { ...activityFilter(siteId, { ...query, before: null }, now), limit: tailLength };
  const oldest = await store.ledger.events(tenant.id, { ...filter, since });
  const isCut = oldest.length === tailLength;
  const events = isCut ? (await store.ledger.events(tenant.id, filter)).filter(({ id }) => id > since) : oldest.toReversed();
  return { events: await eventViews(context, place, events), isCut };
}

/** The rows of the ledger that a query asks for. */
export function activityFilter(siteId: string, query: ActivityQuery, now: Date): Omit<LedgerFilter, "limit"> {
  const { search, range, kind, outcome, verdict, certificate, before } = query;
  return {
    siteId,
    kind: kind ?? undefined,
    verdicts: verdict === null ? undefined : [verdict],
    isRefused: outcome === null ? undefined : outcome === "refused",
    fingerprint: certificate === null ? undefined : certificate === "none" ? null : certificate,
    text: search.trim() || undefined,
    from: new Date(now.getTime() - activityRanges[range].ms),
    before: before ?? undefined,
  };
}

/** Rows of one site, each with its explanation. */
export async function eventViews(
  context: Pick<ConsoleContext, "store" | "now" | "tenant">,
  place: { siteId: string | null; site: Site | null },
  events: readonly LedgerEvent[],
): Promise<EventView[]> {
  const tenantId = place.siteId === null ? null : context.tenant.id;
  const explained = await explainRows(context, tenantId, place, events);
  return explained.map(([{ siteId: _site, caller: _caller, at, certificate, ...event }, explanation]) => {
    return { ...event, at: at.toISOString(), certificate: certificate && presentedView(certificate), explanation };
  });
}

type Group = Omit<CallerGroup, "id" | "caller" | "firstAt" | "lastRevision" | "chain"> & { firstAt: Date | null };

async function groupViews(context: ConsoleContext, place: Place, groups: readonly Group[]): Promise<GroupView[]> {
  const rows = groups.map((group) => ({ ...group, code: group.lastCode, reason: group.lastReason, at: group.lastAt }));
  const explained = await explainRows(context, context.tenant.id, place, rows);
  return explained.map(([row, explanation]) => {
    const { kind, verdict, isRefused, count, lastAddress, fingerprint, subject, certificate, code, reason } = row;
    const times = { firstAt: row.firstAt?.toISOString() ?? null, lastAt: row.lastAt.toISOString() };
    const said = verdict === "REQUEST_REFUSED" ? variedRefusals : explanation;
    const shown = { kind, verdict, isRefused, count, lastAddress, fingerprint, subject, code, reason, ...times };
    return { ...shown, certificate: certificate && presentedView(certificate), explanation: said };
  });
}

/** A group has the verdict in common, not the status. */
const variedRefusals = explain(
  "several-reasons",
  "unclear",
  "The sensor answered these requests itself, for reasons that may differ from one to the next.",
  "You look at the events: each has its own reason.",
);

async function loadCallers({ store, tenant }: ConsoleContext, siteId: string, query: ActivityQuery): Promise<CallerGroup[]> {
  const { search, callersBefore } = query;
  const before = callersBefore ? { lastAt: new Date(callersBefore.lastAt), id: callersBefore.id } : undefined;
  const filter = { siteId, kind: "handshake", before, limit: callersLength + 1 } as const;
  const found = await store.ledger.groups(tenant.id, { ...filter, text: search.trim() || undefined });
  // A request id or an address narrows events; callers that it says nothing about stay in sight.
  return found.length > 0 || search.trim() === "" ? found : store.ledger.groups(tenant.id, filter);
}

/** For other reasons than the client's certificate, of which the callers above tell already. */
async function loadTroubles(context: ConsoleContext, { siteId, site }: Place): Promise<GroupView[]> {
  const { store, tenant } = context;
  const verdicts = ["HOST_SNI_MISMATCH", "CREDENTIALS_UNUSABLE", ...otherVerdicts, ...upstreamVerdicts] as const;
  const found = await store.ledger.troubles(tenant.id, siteId, verdicts);
  const rows = found.map((trouble) => ({
    ...trouble,
    isRefused: true,
    firstAt: null,
    fingerprint: null,
    subject: null,
    certificate: null,
  }));
  return groupViews(context, { siteId, site }, rows);
}

async function placeOf({ store, tenant }: ConsoleContext, siteId: string): Promise<Place | null> {
  const stored = await store.sites.get(tenant.id, siteId);
  return stored && { siteId, site: stored.site.ok ? stored.site.value : null };
}
