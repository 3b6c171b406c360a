import { and, asc, desc, eq, gt, gte, inArray, lt, or, type SQL, sql } from "drizzle-orm";
import { type Caller, callerAt, callers } from "#lib/site/caller.ts";
import type { LedgerVerdict } from "#lib/site/verdict.ts";
import type { Queries } from "#lib/store/database.ts";
import type { LedgerKind } from "#lib/store/ledger-entry.ts";
import { textMatches } from "#lib/store/ledger-search.ts";
import { type SeenCertificate, seenColumns } from "#lib/store/ledger-seen.ts";
import { ledgerCertificates, ledgerEvents, noSite } from "#lib/store/ledger-tables.ts";

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

/** An address from which somebody came to a site without a certificate: what was said of it last, and when. */
export type BareCaller = { address: string; verdict: LedgerVerdict; isRefused: boolean; at: Date };

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

function isOfCertificate(fingerprint: string | null): SQL {
  return fingerprint === null ? sql`${ledgerEvents.fingerprint} IS NULL` : eq(ledgerEvents.fingerprint, fingerprint);
}

function eventText(text: string | undefined): SQL | undefined {
  const { requestId, address, subject, serverName, fingerprint } = ledgerEvents;
  const matches = textMatches(text, [subject, serverName], [fingerprint]);
  const exact = text?.trim().toLowerCase() ?? "";
  return matches && or(matches, eq(requestId, exact), eq(address, exact));
}
