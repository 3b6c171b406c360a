import { and, desc, eq, inArray, lt, or, sql } from "drizzle-orm";
import { type Caller, callerAt } from "#lib/site/caller.ts";
import type { LedgerVerdict } from "#lib/site/verdict.ts";
import type { Queries } from "#lib/store/database.ts";
import type { LedgerKind } from "#lib/store/ledger-entry.ts";
import { textMatches } from "#lib/store/ledger-search.ts";
import { mostBound, type SeenCertificate, seenColumns } from "#lib/store/ledger-seen.ts";
import { ledgerCertificates, ledgerGroups, noSite } from "#lib/store/ledger-tables.ts";

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

/** What went wrong with requests and the origin for one reason, over all clients. */
export type Trouble = Pick<CallerGroup, "kind" | "verdict" | "count" | "lastAt" | "lastAddress" | "lastCode" | "lastReason">;

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
