import { and, asc, eq, gte, lt } from "drizzle-orm";
import type { LedgerVerdict } from "#lib/site/verdict.ts";
import type { Queries } from "#lib/store/database.ts";
import type { LedgerKind } from "#lib/store/ledger-entry.ts";
import { ledgerBuckets, ledgerEvents, noSite } from "#lib/store/ledger-tables.ts";

/** `width` in seconds: minutes are kept for six hours, hours as long as everything else. */
export type PlotRange = { siteId: string | null; from: Date; to: Date; width: 60 | 3_600 };

export type Plot = {
  buckets: { start: Date; kind: LedgerKind; verdict: LedgerVerdict; isRefused: boolean; count: number }[];
  /** Within the range, of this site: events that were never written, and rows that were deleted early to make room. */
  losses: { dropped: number; evicted: number };
  /** The time of the site's oldest row, null when there is none. */
  keptSince: Date | null;
};

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

function keptSince(queries: Queries, siteId: string): Date | null {
  const oldest = queries.select({ at: ledgerEvents.at }).from(ledgerEvents).where(eq(ledgerEvents.siteId, siteId));
  return oldest.orderBy(asc(ledgerEvents.id)).limit(1).get()?.at ?? null;
}
