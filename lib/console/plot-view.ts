import { type ActivityRange, activityRanges } from "#lib/console/activity-query.ts";
import type { PlotSeries, PlotView } from "#lib/console/activity-view.ts";
import { clientVerdicts, type LedgerVerdict } from "#lib/site/verdict.ts";
import type { Plot, PlotRange } from "#lib/store/store.ts";

/** What to read of the ledger for a plot that ends with the bar `now` lies in; bars begin at whole steps of UTC. */
export function plotRange(siteId: string, range: ActivityRange, now: Date): PlotRange {
  const { stepS, bars } = activityRanges[range];
  const last = Math.floor(now.getTime() / (stepS * 1_000)) * stepS * 1_000;
  return {
    siteId,
    from: new Date(last - (bars - 1) * stepS * 1_000),
    to: new Date(last + stepS * 1_000),
    width: stepS === 60 ? 60 : 3_600,
  };
}

/** The bars of a plot, one series for each verdict that occurred, those of which there were most first. */
export function plotView(plot: Plot, range: ActivityRange, { from }: PlotRange): PlotView {
  const { stepS, bars } = activityRanges[range];
  const series = new Map<string, PlotSeries>();
  for (const { start, kind, verdict, isRefused, count } of plot.buckets) {
    if (kind === "request" && isOfHandshake(verdict)) continue;
    const key = `${verdict} ${isRefused}`;
    const own = series.get(key) ?? { verdict, isRefused, counts: new Array<number>(bars).fill(0), total: 0 };
    const bar = Math.floor((start.getTime() - from.getTime()) / (stepS * 1_000));
    own.counts[bar] = (own.counts[bar] ?? 0) + count;
    own.total += count;
    series.set(key, own);
  }
  return {
    starts: Array.from({ length: bars }, (_, bar) => new Date(from.getTime() + bar * stepS * 1_000).toISOString()),
    stepS,
    series: [...series.values()].toSorted((one, other) => other.total - one.total),
    losses: plot.losses,
    keptSince: plot.keptSince?.toISOString() ?? null,
  };
}

/** The request that a refused client sends is answered with 403: its handshake is counted already. */
export function isOfHandshake(verdict: LedgerVerdict): boolean {
  return clientVerdicts.some((client) => client === verdict) && !ofRequests.has(verdict);
}

const ofRequests = new Set<LedgerVerdict>(["HOST_SNI_MISMATCH", "CREDENTIALS_UNUSABLE"]);
