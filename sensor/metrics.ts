import { AggregatorRegistry, Counter, Gauge, Registry } from "@prometheus-io/client";
import type { Limits } from "#lib/limits.ts";
import type { Use } from "#lib/site/certificate-kind.ts";
import type { LedgerReceipt } from "#lib/store/store.ts";
import type { Deadline } from "#sensor/connection.ts";
import type { Expiries } from "#sensor/expiry-sweep.ts";
import type { Measurements, TrafficPort } from "#sensor/messages.ts";
import { createTally, type Deltas } from "#sensor/tally.ts";

/** The counters of one process. Labels are of fixed vocabularies: their number does not grow with traffic. */
export type Metrics = {
  /** A connection came in. */
  accepted(port: TrafficPort): void;
  /** Something was over a limit and was closed. */
  limited(limit: keyof Limits): void;
  /** A connection was closed at a deadline. */
  late(deadline: Deadline): void;
  /** Events did not get into the ledger. */
  unrecorded(reason: "queue" | "writer", count: number): void;
  measure(): Promise<Measurements>;
};

/** The primary's own counters, and the sums of all processes. */
export type PrimaryMetrics = Pick<Metrics, "limited"> & {
  /** What a worker has counted since it last told. */
  add(counts: Deltas): void;
  /** What has changed of when certificates run out. */
  expire(expiries: Expiries): void;
  /** A batch of the ledger was written, or as much of it as could be. */
  recorded(receipt: LedgerReceipt): void;
  /** The primary's own event loop was late by so many milliseconds. */
  lagged(lagMs: number): void;
  /** A worker has ended unasked: what it had counted goes on counting. */
  workerLost(measurements: Measurements): void;
  /** The sums in Prometheus' text format. */
  render(workers: readonly Measurements[]): Promise<string>;
};

/** What a worker is asked at each measurement. */
export type WorkerGauges = { requests: () => number };

/** What is asked at each scrape. */
export type PrimaryGauges = { connections: () => number; workers: () => number; appliedChangeNumber: () => number };

export function createMetrics(gauges?: WorkerGauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const limited = new Counter({ name: names.limited, help: help.limited, labelNames: ["limit"], registers });
  const accepted = new Counter({ name: names.accepted, help: help.accepted, labelNames: ["port"], registers });
  const late = new Counter({ name: names.late, help: help.late, labelNames: ["deadline"], registers });
  const drops = new Counter({ name: names.drops, help: help.drops, labelNames: ["reason"], registers });
  if (gauges !== undefined) new Gauge({ name: names.requests, help: help.requests, registers, collect: setTo(gauges.requests) });
  return {
    accepted: (port) => accepted.inc({ port }),
    limited: (limit) => limited.inc({ limit: labelOf(limit) }),
    late: (deadline) => late.inc({ deadline }),
    unrecorded: (reason, count) => drops.inc({ reason }, count),
    measure: () => measure(registry),
  };
}

export function createPrimaryMetrics({ connections, workers, appliedChangeNumber }: PrimaryGauges): PrimaryMetrics {
  const registry = new Registry();
  const registers = [registry];
  const own = createMetrics();
  const tally = createTally();
  const expiries = new Map<string, Partial<Record<Use, number>>>();
  const lost = new Counter({ name: names.lost, help: help.lost, registers });
  const rows = new Counter({ name: names.rows, help: help.rows, registers });
  const drops = new Counter({ name: names.drops, help: help.drops, labelNames: ["reason"], registers });
  for (const reason of ["queue", "writer", "database", "quota"]) drops.inc({ reason }, 0);
  new Gauge({ name: names.connections, help: help.connections, registers, collect: setTo(connections) });
  new Gauge({ name: names.workers, help: help.workers, registers, collect: setTo(workers) });
  new Gauge({ name: names.applied, help: help.applied, registers, collect: setTo(appliedChangeNumber) });
  let departed: Promise<Measurements> = Promise.resolve([]);
  return {
    limited: own.limited,
    add: tally.add,
    expire,
    recorded,
    lagged: (lagMs) => tally.observe("primaryLoop", lagMs),
    workerLost,
    render,
  };

  function expire({ isWhole, sites }: Expiries): void {
    if (isWhole) expiries.clear();
    for (const [siteId, uses] of sites) {
      if (uses === null) expiries.delete(siteId);
      else expiries.set(siteId, uses);
    }
  }

  function recorded({ written, dropped, evicted }: LedgerReceipt): void {
    rows.inc(written);
    drops.inc({ reason: "database" }, dropped);
    drops.inc({ reason: "quota" }, evicted);
  }

  function workerLost(measurements: Measurements): void {
    lost.inc();
    departed = departed.then(async (before) => countersOf(await measure(sum([before, measurements]))));
  }

  async function render(serving: readonly Measurements[]): Promise<string> {
    const primary = [await measure(registry), await own.measure(), tally.measure(), measureExpiries(expiries)];
    return sum([...primary, await departed, ...serving]).metrics();
  }
}

function sum(all: readonly Measurements[]): Registry {
  return AggregatorRegistry.aggregate([...all]);
}

async function measure(registry: Registry): Promise<Measurements> {
  return (await registry.getMetricsAsJSON()) as Measurements;
}

/** A gauge says what is; of a worker that is gone nothing is. */
function countersOf(measurements: Measurements): Measurements {
  return measurements.filter((metric) => "type" in metric && metric.type !== "gauge");
}

/** Of more sites than a scrape should hold the last are put together: the first to run out is what matters. */
function measureExpiries(expiries: ReadonlyMap<string, Partial<Record<Use, number>>>): Measurements {
  const bySite = new Map<string, Map<string, number>>();
  for (const [siteId, uses] of expiries) {
    const site = bySite.size < mostSites ? siteId : "other";
    const known = bySite.get(site) ?? new Map<string, number>();
    bySite.set(site, known);
    for (const [use, seconds] of Object.entries(uses)) known.set(use, Math.min(seconds, known.get(use) ?? Number.POSITIVE_INFINITY));
  }
  const values = [...bySite].flatMap(([site, uses]) => [...uses].map(([use, value]) => ({ value, labels: { site, use } })));
  return [{ name: names.expiry, help: help.expiry, type: "gauge", aggregator: "min", values }];
}

const mostSites = 1_000;

function setTo(read: () => number) {
  return function collect(this: { set(value: number): void }): void {
    const value = read();
    if (Number.isFinite(value)) this.set(value);
  };
}

/** `connectionsPerAddress` as Prometheus' users write it: `connections_per_address`. */
function labelOf(limit: keyof Limits): string {
  return limit.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const names = {
  accepted: "tessera_connections_accepted_total",
  applied: "tessera_applied_change_number",
  connections: "tessera_connections",
  drops: "tessera_ledger_drops_total",
  expiry: "tessera_certificate_expiry_timestamp_seconds",
  limited: "tessera_limited_total",
  late: "tessera_deadlines_total",
  requests: "tessera_requests_in_progress",
  workers: "tessera_workers",
  lost: "tessera_workers_lost_total",
  rows: "tessera_ledger_rows_total",
};

const help = {
  accepted: "Connections taken in, by port.",
  applied: "Number of the newest change that every worker has brought into service or rejected.",
  connections: "Connections that are open.",
  drops:
    "Events that are not in the ledger: no room in a worker (queue), no writer, a database that could not be written, or deleted early to make room (quota).",
  expiry: "When the first certificate of a use runs out, by site and use.",
  limited: "What was closed or refused for being over a limit, by limit.",
  late: "Connections closed for being late, by deadline.",
  requests: "Requests and WebSockets under way, by the workers' last word.",
  workers: "Worker processes that serve.",
  lost: "Worker processes that ended without being asked to.",
  rows: "Events written into the ledger.",
};
