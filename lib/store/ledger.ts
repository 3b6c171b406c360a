import { type AnyColumn, and, asc, desc, eq, getTableColumns, gt, gte, inArray, like, lt, or, type SQL, sql } from "drizzle-orm";
import { type Caller, callers } from "#lib/site/caller.ts";
import type { LedgerVerdict } from "#lib/site/verdict.ts";
import { contains } from "#lib/store/contains.ts";
import type { Queries } from "#lib/store/database.ts";
import type { LedgerKind } from "#lib/store/ledger-entry.ts";
import { ledgerBuckets, ledgerCertificates, ledgerEvents, ledgerGroups, noSite } from "#lib/store/ledger-tables.ts";

/** A certificate that a client presented; `names` is OpenSSL's text of the subject alternative names, empty for none. */
export type SeenCertificate = {
  fingerprint: string;
  subject: string;
  issuer: string;
  commonName: string | null;
  /** Hexadecimal. */
  serial: string;
  notBefore: Date;
  notAfter: Date;
  names: string;
  /** Object identifiers with commas between them, null without the extension. */
  extendedKeyUsage: string | null;
  /** For example "EC P-256". */
  key: string;
  isCa: boolean;
};

/** One row of the ledger. All texts are at most 256 characters with nothing unseen in them. */
export type LedgerEvent = {
  /** Grows with every row and is never given twice: the place in the list. */
  id: number;
  at: Date;
  siteId: string | null;
  kind: LedgerKind;
  verdict: LedgerVerdict;
  isRefused: boolean;
  caller: Caller;
  address: string;
  serverName: string | null;
  protocol: string | null;
  cipher: string | null;
  alpn: string | null;
  /** Of the certificate that was presented: there also where the certificate itself was too large or is no longer kept. */
  fingerprint: string | null;
  subject: string | null;
  certificate: SeenCertificate | null;
  code: string | null;
  reason: string | null;
  status: number | null;
  requestId: string | null;
  originAddress: string | null;
  revision: number | null;
};

export type LedgerFilter = {
  /** Null: what came for no site at all. */
  siteId: string | null;
  kind?: LedgerKind | undefined;
  verdicts?: readonly LedgerVerdict[] | undefined;
  isRefused?: boolean | undefined;
  /** The certificate's, whole, in lower-case hexadecimal; null for callers without one. */
  fingerprint?: string | null | undefined;
  /** A request id, an address, the beginning of a fingerprint, or a part of subject or server name. */
  text?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  /** Only rows with a smaller id: the next page. */
  before?: number | undefined;
  /** Only rows with a larger id, then the oldest first: the live tail. */
  since?: number | undefined;
  limit: number;
};

/** What one certificate, or everybody without one, met at a site. */
export type CallerGroup = {
  id: number;
  kind: LedgerKind;
  verdict: LedgerVerdict;
  isRefused: boolean;
  caller: Caller;
  count: number;
  firstAt: Date;
  lastAt: Date;
  lastAddress: string;
  lastCode: string | null;
  lastReason: string | null;
  lastRevision: number | null;
  fingerprint: string | null;
  subject: string | null;
  certificate: SeenCertificate | null;
  /** Fingerprints of the issuers sent along. Empty also after every successful verification: Node does not show them then. */
  chain: string[];
};

export type GroupFilter = {
  siteId: string | null;
  kind?: LedgerKind | undefined;
  /** A part of the subject or the beginning of a fingerprint. */
  text?: string | undefined;
  /** The next page: the last group of the one before. */
  before?: { lastAt: Date; id: number } | undefined;
  limit: number;
};

/** An address from which somebody came to a site without a certificate: what was said of it last, and when. */
export type BareCaller = { address: string; verdict: LedgerVerdict; isRefused: boolean; at: Date };

/** What went wrong with requests and the origin for one reason, over all clients. */
export type Trouble = Pick<CallerGroup, "kind" | "verdict" | "count" | "lastAt" | "lastAddress" | "lastCode" | "lastReason">;

/** `width` in seconds: minutes are kept for six hours, hours as long as everything else. */
export type PlotRange = { siteId: string | null; from: Date; to: Date; width: 60 | 3_600 };

export type Plot = {
  buckets: { start: Date; kind: LedgerKind; verdict: LedgerVerdict; isRefused: boolean; count: number }[];
  /** Within the range, of this site: events that were never written, and rows that were deleted early to make room. */
  losses: { dropped: number; evicted: number };
  /** The time of the site's oldest row, null when there is none. */
  keptSince: Date | null;
};

/** Newest first, or with `since` oldest first. */
export function listEvents(queries: Queries, filter: LedgerFilter): LedgerEvent[] {
  const { since, before, from, to, isRefused } = filter;
  const order = since === undefined ? desc(ledgerEvents.id) : asc(ledgerEvents.id);
  const where = and(
    eq(ledgerEvents.siteId, filter.siteId ?? noSite),
    before === undefined ? undefined : lt(ledgerEvents.id, before),
    since === undefined ? undefined : gt(ledgerEvents.id, since),
    filter.kind && eq(ledgerEvents.kind, filter.kind),
    filter.verdicts && inArray(ledgerEvents.verdict, [...filter.verdicts]),
    isRefused === undefined ? undefined : eq(ledgerEvents.isRefused, isRefused),
    from && gte(ledgerEvents.at, from),
    to && lt(ledgerEvents.at, to),
    filter.fingerprint === undefined ? undefined : isOfCertificate(filter.fingerprint),
    eventText(filter.text),
  );
  return eventsWhere(queries, where, order, filter.limit);
}

/** The rows of one request, for whichever site; the caller judges who may see them. */
export function eventsOfRequest(queries: Queries, requestId: string): LedgerEvent[] {
  return eventsWhere(queries, eq(ledgerEvents.requestId, requestId.trim().toLowerCase()), desc(ledgerEvents.id), 10);
}

/** Most recently seen first. */
export function listGroups(queries: Queries, { siteId, kind, text, before, limit }: GroupFilter): CallerGroup[] {
  const rows = queries
    .select({ group: ledgerGroups, certificate: seenColumns })
    .from(ledgerGroups)
    .leftJoin(ledgerCertificates, eq(ledgerCertificates.fingerprint, ledgerGroups.fingerprint))
    .where(
      and(
        eq(ledgerGroups.siteId, siteId ?? noSite),
        kind && eq(ledgerGroups.kind, kind),
        before && or(lt(ledgerGroups.lastAt, before.lastAt), and(eq(ledgerGroups.lastAt, before.lastAt), lt(ledgerGroups.id, before.id))),
        before && sql`${ledgerGroups.lastAt} <= ${before.lastAt.getTime()}`,
        textMatches(text, [ledgerGroups.subject], [ledgerGroups.fingerprint]),
      ),
    )
    .orderBy(desc(ledgerGroups.lastAt), desc(ledgerGroups.id))
    .limit(limit)
    .all();
  return rows.map(({ group: { siteId: _, ...group }, certificate }) => ({
    ...group,
    caller: callerAt(group.caller),
    fingerprint: group.fingerprint === "" ? null : group.fingerprint,
    certificate,
  }));
}

/** Addresses of handshakes without a certificate, asked for or not, most recently seen first. */
export function listBareCallers(queries: Queries, siteId: string, limit: number): BareCaller[] {
  const { address, verdict, isRefused, at, id } = ledgerEvents;
  const newest = sql<number>`max(${id})`;
  const rows = queries
    // Beside max() SQLite takes the other columns from the row that has it.
    .select({ address, verdict, isRefused, at, newest })
    .from(ledgerEvents)
    .where(
      and(
        eq(ledgerEvents.siteId, siteId),
        eq(ledgerEvents.lane, 2 * callers.indexOf("none")),
        inArray(verdict, ["CLIENT_CERT_MISSING", "CLIENT_CERT_NOT_ASKED"]),
      ),
    )
    .groupBy(address)
    .orderBy(desc(newest))
    .limit(limit)
    .all();
  return rows.map(({ newest: _, ...row }) => row);
}

/** Requests refused and calls to the origin that failed with these verdicts, one row for each, the last seen first. */
export function listTroubles(queries: Queries, siteId: string | null, verdicts: readonly LedgerVerdict[]): Trouble[] {
  const { kind, verdict, count, lastAt, lastAddress, lastCode, lastReason } = ledgerGroups;
  // With one max() SQLite takes the other columns of the row that has it.
  const last = sql<number>`max(${lastAt})`.as("last");
  const rows = queries
    .select({ kind, verdict, count: sql<number>`sum(${count})`, last, lastAddress, lastCode, lastReason })
    .from(ledgerGroups)
    .where(and(eq(ledgerGroups.siteId, siteId ?? noSite), inArray(kind, ["request", "origin"]), inArray(verdict, [...verdicts])))
    .groupBy(kind, verdict)
    .orderBy(desc(last))
    .all();
  return rows.map(({ last, ...row }) => ({ ...row, lastAt: new Date(last) }));
}

export function readPlot(queries: Queries, { siteId, from, to, width }: PlotRange): Plot {
  const place = siteId ?? noSite;
  const rows = queries
    .select()
    .from(ledgerBuckets)
    .where(
      and(eq(ledgerBuckets.siteId, place), eq(ledgerBuckets.width, width), gte(ledgerBuckets.start, from), lt(ledgerBuckets.start, to)),
    )
    .orderBy(asc(ledgerBuckets.start))
    .all();
  const plot: Plot = { buckets: [], losses: { dropped: 0, evicted: 0 }, keptSince: keptSince(queries, place) };
  for (const { start, kind, verdict, isRefused, count } of rows) {
    if (verdict === "DROPPED") plot.losses.dropped += count;
    else if (verdict === "EVICTED") plot.losses.evicted += count;
    else if (kind !== "lost") plot.buckets.push({ start, kind, verdict, isRefused, count });
  }
  return plot;
}

/** The issuers that each of these certificates was last seen to be sent with at the site, in order, as fingerprints. */
export function seenChains(queries: Queries, siteId: string | null, fingerprints: readonly string[]): Map<string, string[]> {
  const rows = queries
    .select({ fingerprint: ledgerGroups.fingerprint, chain: ledgerGroups.chain, lastAt: ledgerGroups.lastAt })
    .from(ledgerGroups)
    .where(and(eq(ledgerGroups.siteId, siteId ?? noSite), inArray(ledgerGroups.fingerprint, fingerprints.slice(0, mostBound))))
    .all();
  rows.sort((one, other) => one.lastAt.getTime() - other.lastAt.getTime());
  return new Map(rows.flatMap(({ fingerprint, chain }) => (chain.length > 0 ? [[fingerprint, chain] as const] : [])));
}

/** Certificates by their fingerprints, with their DER; those that are not kept (any more) are left out. */
export function seenCertificates(queries: Queries, fingerprints: readonly string[]): (SeenCertificate & { der: Buffer })[] {
  const wanted = [...new Set(fingerprints)];
  const found: (SeenCertificate & { der: Buffer })[] = [];
  for (let start = 0; start < wanted.length; start += mostBound) {
    const isWanted = inArray(ledgerCertificates.fingerprint, wanted.slice(start, start + mostBound));
    found.push(
      ...queries
        .select({ ...seenColumns, der: ledgerCertificates.der })
        .from(ledgerCertificates)
        .where(isWanted)
        .all(),
    );
  }
  return found;
}

/** Values bound to one statement. */
const mostBound = 500;

const { siteId: _site, caller: _caller, lastAt: _lastAt, der: _der, ...seenColumns } = getTableColumns(ledgerCertificates);

function eventsWhere(queries: Queries, where: SQL | undefined, order: SQL, limit: number): LedgerEvent[] {
  const rows = queries
    .select({ event: ledgerEvents, certificate: seenColumns })
    .from(ledgerEvents)
    .leftJoin(ledgerCertificates, eq(ledgerCertificates.fingerprint, ledgerEvents.fingerprint))
    .where(where)
    .orderBy(order)
    .limit(limit)
    .all();
  return rows.map(({ event: { lane, ...event }, certificate }) => ({
    ...event,
    siteId: event.siteId === noSite ? null : event.siteId,
    caller: callerAt(Math.floor(lane / 2)),
    certificate,
  }));
}

function keptSince(queries: Queries, siteId: string): Date | null {
  const oldest = queries.select({ at: ledgerEvents.at }).from(ledgerEvents).where(eq(ledgerEvents.siteId, siteId));
  return oldest.orderBy(asc(ledgerEvents.id)).limit(1).get()?.at ?? null;
}

function callerAt(place: number): Caller {
  return callers[place] ?? "none";
}

function isOfCertificate(fingerprint: string | null): SQL {
  return fingerprint === null ? sql`${ledgerEvents.fingerprint} IS NULL` : eq(ledgerEvents.fingerprint, fingerprint);
}

function eventText(text: string | undefined): SQL | undefined {
  const { requestId, address, subject, serverName, fingerprint } = ledgerEvents;
  const matches = textMatches(text, [subject, serverName], [fingerprint]);
  const exact = text?.trim().toLowerCase() ?? "";
  return matches && or(matches, eq(requestId, exact), eq(address, exact));
}

/** The longest text that is searched for: a fingerprint with its colons has 95 characters. */
const longestText = 128;

/** A site's rows are few enough (quotas) to look at the text of each. Undefined for no text: then all match. */
function textMatches(text: string | undefined, parts: AnyColumn[], prefixes: AnyColumn[]): SQL | undefined {
  const wanted = text?.trim().slice(0, longestText) ?? "";
  if (wanted === "") return undefined;
  const hex = wanted.replace(/[\s:]/g, "").toLowerCase();
  return or(
    ...parts.map((column) => contains(column, wanted)),
    ...(/^[0-9a-f]{4,64}$/.test(hex) ? prefixes.map((column) => like(column, `${hex}%`)) : []),
  );
}
