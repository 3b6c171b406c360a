import type { Server } from "node:net";
import { AppError } from "#lib/app-error.ts";
import type { Limits } from "#lib/limits.ts";
import type { Logger } from "#lib/log.ts";
import type { LedgerReceipt, SensorStore } from "#lib/store/store.ts";
import { createAcknowledger } from "#sensor/acknowledger.ts";
import { createAdmin } from "#sensor/admin.ts";
import { createAdmission } from "#sensor/admission.ts";
import { type BoundPort, bindPort } from "#sensor/bound-port.ts";
import { type Channel, type ChannelOptions, openChannel } from "#sensor/channel.ts";
import type { Expiries } from "#sensor/expiry-sweep.ts";
import { createFaults, sayWorkerEnded } from "#sensor/faults.ts";
import { createFront } from "#sensor/front.ts";
import { createHeartbeat } from "#sensor/heartbeat.ts";
import { listen } from "#sensor/listen.ts";
import { watchLoopLag } from "#sensor/loop-lag.ts";
import type { Ports, TrafficPort } from "#sensor/messages.ts";
import { createPrimaryMetrics } from "#sensor/metrics.ts";
import { repeat } from "#sensor/repeat.ts";
import type { Opening } from "#sensor/worker-process.ts";
import { createWorkers, type Hired, type Reports } from "#sensor/workers.ts";

export type SensorOptions = {
  /** Where the socket for the console's questions is. */
  dataDir: string;
  store: { acknowledgements: Pick<SensorStore["acknowledgements"], "record">; heartbeat: SensorStore["heartbeat"] };
  /** Writes batches of the ledger, as JSON text. */
  ledger: { record(batch: string): Promise<LedgerReceipt> };
  log: Logger;
  version: string;
  host: string | undefined;
  ports: { http: number; https: number; admin: number };
  workers: number;
  limits: Limits;
  /** For what runs when the sensor is asked to stop. */
  drainMs: number;
  /** How workers are made; `open` answers what they start with, once the ports are taken. */
  hireFor: (open: () => Opening) => (reports: Reports) => Hired;
};

export type Sensor = {
  readonly ports: Ports;
  isReady(): boolean;
  /** Takes in when the sites' certificates run out, for the metrics. */
  expire(expiries: Expiries): void;
  /** Takes no new connection, lets the workers finish what runs within a limit, then resolves. */
  drain(): Promise<void>;
};

/**
 * The sensor's primary: it keeps the ports, counts who comes to its workers, sees that each has its share and speaks for
 * them to the store. It never has a connection of its own. Throws AppError `port.unusable`, or the reason a worker gave at start.
 */
export async function startSensor(options: SensorOptions): Promise<Sensor> {
  const { store, log, limits } = options;
  const ports: Ports = { SENSOR_HTTP_PORT: 0, SENSOR_HTTPS_PORT: 0, SENSOR_ADMIN_PORT: 0 };
  const admission = createAdmission({ limits });
  const metrics = createPrimaryMetrics({
    connections: admission.count,
    workers: () => workers.serving().length,
    appliedChangeNumber: () => Math.min(...workers.statuses().map(({ changeNumber }) => changeNumber)),
  });
  const workers = createWorkers({
    count: options.workers,
    endWithinMs: options.drainMs + 5_000,
    hire: options.hireFor(() => ({ begin: { ports, workers: options.workers }, bound })),
    log,
    judge: createFront({ admission, onLimit: metrics.limited, log }),
    onWord: (worker, word) => acknowledger.hear(worker, word),
    onClosed: admission.release,
    onCounts: metrics.add,
    onRecord: async (batch) => metrics.recorded(await options.ledger.record(batch)),
    onChange: () => acknowledger.recount(),
    onLost: (reason, measurements) => {
      faults.note(sayWorkerEnded(reason));
      metrics.workerLost(measurements);
    },
  });
  const acknowledger = createAcknowledger({ store: store.acknowledgements, ...workers, log });
  const workerFault = () => workers.statuses().find((status) => status.lastError !== null)?.lastError ?? null;
  const faults = createFaults(() => acknowledger.lastError() ?? workerFault());
  const isReady = () => workers.statuses().some(({ isLoaded }) => isLoaded);
  const render = () => metrics.render(workers.statuses().map(({ measurements }) => measurements));
  const admin = createAdmin({ isReady, render, log });

  const bound: Record<TrafficPort, BoundPort> = {
    http: await bindPort({ port: options.ports.http, host: options.host, variable: "SENSOR_HTTP_PORT" }),
    https: await bindPort({ port: options.ports.https, host: options.host, variable: "SENSOR_HTTPS_PORT" }),
  };
  ports.SENSOR_HTTP_PORT = bound.http.number;
  ports.SENSOR_HTTPS_PORT = bound.https.number;
  ports.SENSOR_ADMIN_PORT = await listen(admin, { port: options.ports.admin, host: "127.0.0.1", variable: "SENSOR_ADMIN_PORT" });
  await workers.start();
  const channel = await openChannelOrSay(options, workers.ask);

  const heartbeat = createHeartbeat({
    store,
    version: options.version,
    log,
    statuses: workers.statuses,
    census: workers.census,
    connections: admission.count,
    lastFault: faults.last,
  });
  const stops = [watchLoopLag(metrics.lagged), repeat(heartbeat.beat, 1_000), repeat(acknowledger.write, 100)];
  await heartbeat.beat();
  return { ports, isReady, expire: metrics.expire, drain };

  async function drain(): Promise<void> {
    await channel?.close();
    // Pages say at once that it stops: what still runs is not what a new caller meets.
    const ended = heartbeat.end();
    // Else who dials now would wait in the system's queue, which nobody empties any more.
    for (const { close } of Object.values(bound)) close();
    const closed = closeServer(admin);
    await workers.drain();
    // A connection that has not said anything yet is not idle to Node, and would be waited for without end.
    admin.closeAllConnections();
    await closed;
    for (const stop of stops) stop();
    await Promise.all([ended, acknowledger.write()]);
  }
}

/** Traffic does not depend on it: a sensor that cannot be asked serves all the same, and says why. */
async function openChannelOrSay({ dataDir, log }: SensorOptions, ask: ChannelOptions["ask"]): Promise<Channel | null> {
  try {
    return await openChannel({ dataDir, ask, log });
  } catch (failure) {
    if (!(failure instanceof AppError)) throw failure;
    log.error({ code: failure.code, reason: failure.message }, "the console cannot ask this sensor anything");
    return null;
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
