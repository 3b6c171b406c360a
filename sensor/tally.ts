import { type LedgerVerdict, ledgerVerdicts, type UpstreamVerdict, upstreamVerdicts } from "#lib/site/verdict.ts";
import type { Measurements } from "#sensor/messages.ts";

/** What came of a request, by the first digit of its status; `none` was answered nothing. */
export const statusClasses = ["1xx", "2xx", "3xx", "4xx", "5xx", "none"] as const;

/** How long things took. */
export type Timing = "handshake" | "request" | "origin" | "apply" | "workerLoop" | "primaryLoop";

/** What was counted since the last time, plain JSON: per site pairs of place and number, per timing pairs and the sum in seconds. */
export type Deltas = { sites: [siteId: string, counts: number[]][]; timings: [timing: Timing, counts: number[], sum: number][] };

/**
 * Numbers by site and timings of one process. They are counted in plain arrays, so that a request allocates nothing; a
 * worker passes on what was added, and the primary holds the sums, which outlive the worker.
 */
export type Tally = {
  /** Null: no site was found. */
  request(siteId: string | null, status: number | null): void;
  handshake(siteId: string | null, verdict: LedgerVerdict): void;
  originFailure(siteId: string, verdict: UpstreamVerdict): void;
  observe(timing: Timing, milliseconds: number): void;
  take(): Deltas;
  add(deltas: Deltas): void;
  /** In the shape of the metrics library. */
  measure(): Measurements;
};

/** Sites beyond these share the label `other`: a scrape must stay bounded. */
const mostSites = 1_000;
const noSite = "none";

const handshakesAt = statusClasses.length;
const originsAt = handshakesAt + ledgerVerdicts.length;
const width = originsAt + upstreamVerdicts.length;

const placeOfHandshake = new Map<string, number>(ledgerVerdicts.map((verdict, at) => [verdict, handshakesAt + at]));
const placeOfOrigin = new Map<string, number>(upstreamVerdicts.map((verdict, at) => [verdict, originsAt + at]));

export function createTally(): Tally {
  const sites = new Map<string, Float64Array>();
  const changed = new Map<string, Float64Array>();
  const timings = new Map<Timing, Timed>();

  return {
    request: (siteId, status) => count(siteId ?? noSite, status === null ? 5 : Math.min(4, Math.max(0, Math.floor(status / 100) - 1)), 1),
    handshake: (siteId, verdict) => count(siteId ?? noSite, placeOfHandshake.get(verdict) ?? handshakesAt, 1),
    originFailure: (siteId, verdict) => count(siteId, placeOfOrigin.get(verdict) ?? originsAt, 1),
    observe,
    take,
    add,
    measure: () => [...measureSites(sites), ...measureTimings(timings)],
  };

  function count(siteId: string, place: number, number: number): void {
    const site = sites.has(siteId) || siteId === noSite || sites.size < mostSites ? siteId : "other";
    addTo(sites, site, place, number);
    addTo(changed, site, place, number);
  }

  function observe(timing: Timing, milliseconds: number): void {
    const seconds = milliseconds / 1_000;
    const timed = timedOf(timing);
    const { bounds } = timingMetrics[timing];
    let place = 0;
    while (place < bounds.length && seconds > (bounds[place] ?? 0)) place += 1;
    for (const counts of [timed.counts, timed.changed]) counts[place] = (counts[place] ?? 0) + 1;
    timed.sum += seconds;
    timed.changedSum += seconds;
  }

  function timedOf(timing: Timing): Timed {
    const known = timings.get(timing);
    if (known !== undefined) return known;
    const size = timingMetrics[timing].bounds.length + 1;
    const made = { counts: new Float64Array(size), changed: new Float64Array(size), sum: 0, changedSum: 0 };
    timings.set(timing, made);
    return made;
  }

  function take(): Deltas {
    const deltas: Deltas = { sites: [], timings: [] };
    for (const [siteId, counts] of changed) deltas.sites.push([siteId, pairsOf(counts)]);
    changed.clear();
    for (const [timing, timed] of timings) {
      const counts = pairsOf(timed.changed);
      if (counts.length > 0) deltas.timings.push([timing, counts, timed.changedSum]);
      timed.changed.fill(0);
      timed.changedSum = 0;
    }
    return deltas;
  }

  function add(deltas: Deltas): void {
    for (const [siteId, pairs] of deltas.sites) for (const [place, number] of readPairs(pairs)) count(siteId, place, number);
    changed.clear();
    for (const [timing, pairs, sum] of deltas.timings) {
      const timed = timedOf(timing);
      for (const [place, number] of readPairs(pairs)) timed.counts[place] = (timed.counts[place] ?? 0) + number;
      timed.sum += sum;
    }
  }
}

/** One timing's buckets, not yet summed up, and what was added to them since the last time. */
type Timed = { counts: Float64Array; changed: Float64Array; sum: number; changedSum: number };

function addTo(rows: Map<string, Float64Array>, siteId: string, place: number, number: number): void {
  let row = rows.get(siteId);
  if (row === undefined) {
    row = new Float64Array(width);
    rows.set(siteId, row);
  }
  row[place] = (row[place] ?? 0) + number;
}

function pairsOf(counts: Float64Array): number[] {
  const pairs: number[] = [];
  for (const [place, number] of counts.entries()) if (number !== 0) pairs.push(place, number);
  return pairs;
}

function* readPairs(pairs: readonly number[]): Generator<[place: number, number: number]> {
  for (let at = 0; at + 1 < pairs.length; at += 2) yield [pairs[at] ?? 0, pairs[at + 1] ?? 0];
}

function measureSites(sites: ReadonlyMap<string, Float64Array>): Measurements {
  const requests = counterOf(
    "tessera_requests_total",
    "Requests answered, by site and status class; none: the client went before, or the stream was refused.",
  );
  const handshakes = counterOf("tessera_handshakes_total", "TLS handshakes and what was decided in them, by site and verdict.");
  const failures = counterOf("tessera_origin_failures_total", "Calls to the origin that failed, by site and reason.");
  for (const [site, counts] of sites) {
    for (const [place, value] of counts.entries()) {
      if (value === 0) continue;
      if (place < handshakesAt) requests.values.push({ value, labels: { site, class: statusClasses[place] ?? "" } });
      else if (place < originsAt) handshakes.values.push({ value, labels: { site, verdict: ledgerVerdicts[place - handshakesAt] ?? "" } });
      else failures.values.push({ value, labels: { site, reason: upstreamVerdicts[place - originsAt] ?? "" } });
    }
  }
  return [requests, handshakes, failures];
}

type Value = { value: number; labels: Record<string, string | number>; metricName?: string };

function counterOf(name: string, help: string) {
  const values: Value[] = [];
  return { name, help, type: "counter", aggregator: "sum", values };
}

function measureTimings(timings: ReadonlyMap<Timing, Timed>): Measurements {
  return Object.entries(timingMetrics).map(([timing, { name, help, labels, bounds }]) => {
    const timed = timings.get(timing as Timing);
    const values: Value[] = [];
    let sum = 0;
    for (const [place, le] of [...bounds, "+Inf"].entries()) {
      sum += timed?.counts[place] ?? 0;
      values.push({ value: sum, labels: { ...labels, le }, metricName: `${name}_bucket` });
    }
    values.push({ value: timed?.sum ?? 0, labels, metricName: `${name}_sum` });
    values.push({ value: sum, labels, metricName: `${name}_count` });
    return { name, help, type: "histogram", aggregator: "sum", values };
  });
}

const fine = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 90];
const lag = {
  name: "tessera_event_loop_lag_seconds",
  help: "How late a timer of the process was, by process.",
  bounds: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
};

const timingMetrics: Record<Timing, { name: string; help: string; labels: Record<string, string>; bounds: number[] }> = {
  handshake: {
    name: "tessera_handshake_duration_seconds",
    help: "From a worker's taking the connection to the end of its TLS handshake, the client's part included.",
    labels: {},
    bounds: fine,
  },
  request: {
    name: "tessera_request_duration_seconds",
    help: "From a request's head to the end of its answer, bodies at the client's pace included; no WebSockets.",
    labels: {},
    bounds: fine,
  },
  origin: {
    name: "tessera_origin_duration_seconds",
    help: "From handing a request over to the head of the origin's answer, connecting included.",
    labels: {},
    bounds: fine,
  },
  apply: {
    name: "tessera_apply_duration_seconds",
    help: "From the commit of a revision to the moment a worker serves it.",
    labels: {},
    bounds: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
  },
  workerLoop: { ...lag, labels: { process: "worker" } },
  primaryLoop: { ...lag, labels: { process: "primary" } },
};
