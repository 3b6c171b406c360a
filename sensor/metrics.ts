import { AggregatorRegistry, Counter, Gauge, Registry } from "@prometheus-io/client";
import type { Limits } from "#lib/limits.ts";
import type { Deadline } from "#sensor/connection.ts";
import type { Measurements, TrafficPort } from "#sensor/messages.ts";

/** The counters of one process. Labels are of fixed vocabularies: their number does not grow with traffic. */
export type Metrics = {
  /** A connection came in. */
  accepted(port: TrafficPort): void;
  /** Something was over a limit and was closed. */
  limited(limit: keyof Limits): void;
  /** A connection was closed at a deadline. */
  late(deadline: Deadline): void;
  measure(): Promise<Measurements>;
};

/** The primary's own counters, and the sums of all processes. */
export type PrimaryMetrics = Pick<Metrics, "limited"> & {
  /** A worker has ended unasked: what it had counted goes on counting. */
  workerLost(measurements: Measurements): void;
  /** The sums in Prometheus' text format. */
  render(workers: readonly Measurements[]): Promise<string>;
};

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const limited = new Counter({ name: names.limited, help: help.limited, labelNames: ["limit"], registers });
  const accepted = new Counter({ name: names.accepted, help: help.accepted, labelNames: ["port"], registers });
  const late = new Counter({ name: names.late, help: help.late, labelNames: ["deadline"], registers });
  return {
    accepted: (port) => accepted.inc({ port }),
    limited: (limit) => limited.inc({ limit: labelOf(limit) }),
    late: (deadline) => late.inc({ deadline }),
    measure: () => measure(registry),
  };
}

/** `connections` and `workers` are asked at each scrape. */
export function createPrimaryMetrics({ connections, workers }: { connections: () => number; workers: () => number }): PrimaryMetrics {
  const registry = new Registry();
  const registers = [registry];
  const own = createMetrics();
  const lost = new Counter({ name: names.lost, help: help.lost, registers });
  new Gauge({ name: names.connections, help: help.connections, registers, collect: setTo(connections) });
  new Gauge({ name: names.workers, help: help.workers, registers, collect: setTo(workers) });
  let departed: Promise<Measurements> = Promise.resolve([]);
  return { limited: own.limited, workerLost, render };

  function workerLost(measurements: Measurements): void {
    lost.inc();
    departed = departed.then(async (before) => countersOf(await measure(sum([before, measurements]))));
  }

  async function render(serving: readonly Measurements[]): Promise<string> {
    return sum([await measure(registry), await own.measure(), await departed, ...serving]).metrics();
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

function setTo(read: () => number) {
  return function collect(this: { set(value: number): void }): void {
    this.set(read());
  };
}

/** `connectionsPerAddress` as Prometheus' users write it: `connections_per_address`. */
function labelOf(limit: keyof Limits): string {
  return limit.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const names = {
  accepted: "tessera_connections_accepted_total",
  connections: "tessera_connections",
  limited: "tessera_limited_total",
  late: "tessera_deadlines_total",
  workers: "tessera_workers",
  lost: "tessera_workers_lost_total",
};

const help = {
  accepted: "Connections taken in, by port.",
  connections: "Connections that are open.",
  limited: "What was closed or refused for being over a limit, by limit.",
  late: "Connections closed for being late, by deadline.",
  workers: "Worker processes that serve.",
  lost: "Worker processes that ended without being asked to.",
};
