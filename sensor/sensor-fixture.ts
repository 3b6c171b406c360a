import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Duplex } from "node:stream";
import { readEnvironment } from "#lib/env.ts";
import type { Limits } from "#lib/limits.ts";
import { type LedgerBatch, openLedgerWriter, openSensorStore, type SensorStore } from "#lib/store/store.ts";
import { type Deadlines, deadlines } from "#sensor/deadlines.ts";
import { createExpirySweep } from "#sensor/expiry-sweep.ts";
import type { Forwarder } from "#sensor/forward.ts";
import { openKeyringFile } from "#sensor/keyring-file.ts";
import type { Passage } from "#sensor/passage.ts";
import { type Sensor, type SensorOptions, startSensor } from "#sensor/sensor.ts";
import { createSensorLog } from "#sensor/sensor-log.ts";
import { createSites, type SavedSites } from "#sensor/sites-fixture.ts";
import { startWorker, type WorkerOptions } from "#sensor/worker.ts";

export type Rig = SavedSites & {
  readonly dataDir: string;
  readonly sensorStore: SensorStore;
  readonly ports: Sensor["ports"];
  readonly forwarder: RecordingForwarder;
  /** Each line the sensor logged. */
  readonly log: Record<string, unknown>[];
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Looks at the certificates as the notifier's thread does, and tells the sensor when they run out. */
  tellExpiries(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type RigOptions = {
  /** Forwards for real instead of recording; a site then needs an origin that is there. */
  isForwarding?: boolean;
  publicHttpsPort?: number;
  deadlines?: Partial<Deadlines>;
  limits?: Partial<Limits>;
  now?: () => number;
  store?: (store: SensorStore) => SensorStore;
};

/** A whole sensor on free ports over a real store in a temporary folder; only the way to the origin is recorded instead, unless told. */
export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "sensor-"));
  const sites = await createSites(dataDir);
  const { store } = sites;
  const forwarder = createRecordingForwarder();
  const log: Record<string, unknown>[] = [];
  const sensorStore = (options.store ?? ((own) => own))(openSensorStore(dataDir));
  const ledger = openLedgerWriter(dataDir, { days: 30 });
  let sensor: Sensor | null = null;

  const rig: Rig = {
    ...sites,
    dataDir,
    sensorStore,
    forwarder,
    log,
    get ports() {
      return sensor?.ports ?? { SENSOR_HTTP_PORT: 0, SENSOR_HTTPS_PORT: 0, SENSOR_ADMIN_PORT: 0 };
    },
    start,
    stop,
    async tellExpiries() {
      const lines = createSensorLog((line) => log.push(JSON.parse(line)));
      await createExpirySweep({ store: sensorStore, log: lines, onExpiries: (expiries) => sensor?.expire(expiries) })();
    },
    async [Symbol.asyncDispose]() {
      await stop();
      store.close();
      sensorStore.close();
      ledger.close();
      rmSync(dataDir, { recursive: true });
    },
  };
  await start();
  return rig;

  async function start(): Promise<void> {
    const lines = createSensorLog((line) => log.push(JSON.parse(line)));
    const limits = { ...generous, ...options.limits };
    const chosen = { ...deadlines, sweepMs: 10, lingerMs: 100, ...options.deadlines };
    sensor = await startSensor({
      dataDir,
      store: sensorStore,
      ledger: { record: (batch) => ledger.record(JSON.parse(batch)) },
      log: lines,
      version: "test",
      host: "127.0.0.1",
      ports: { http: 0, https: 0, admin: 0 },
      workers: 1,
      limits,
      drainMs: chosen.drainMs,
      hireFor: hireLocally({
        dataDir,
        store: sensorStore,
        keyrings: openKeyringFile(path.join(dataDir, "secrets.key"), lines),
        log: lines,
        publicHttpsPort: options.publicHttpsPort,
        originAllow: ["127.0.0.0/8"],
        productPorts: [],
        deadlines: chosen,
        limits,
        now: options.now,
        ...(options.isForwarding ? {} : { forwarder }),
      }),
    });
  }

  async function stop(): Promise<void> {
    forwarder.releaseAll();
    await sensor?.drain();
    sensor = null;
  }
}

/** Tests come from one address, and many at once. */
const generous = { ...readEnvironment({}).sensorLimits, handshakesPerAddress: 100_000 };

/** A worker in this very process, told and asked as one of its own would be; it listens with the primary's own handles. */
function hireLocally(
  options: Omit<WorkerOptions, "ports" | "onWord" | "onArrived" | "onClosed" | "onStatus" | "onCounts">,
): SensorOptions["hireFor"] {
  return (open) => (reports) => {
    const { onWord, onStatus, onCounts, onEnded } = reports;
    const { begin, bound } = open();
    const record = (batch: LedgerBatch) => reports.onRecord(JSON.stringify(batch));
    const starting = startWorker({
      ...options,
      ...begin,
      onWord,
      onStatus,
      onCounts,
      record,
      onArrived: (arrivals) => void starting.then((worker) => worker.judge(reports.onArrived(arrivals))),
      onClosed: (address) => reports.onClosed([address]),
    });
    const listen = async () => {
      const worker = await starting;
      await Promise.all((["http", "https"] as const).map((port) => worker.listen(port, bound[port].handle)));
    };
    listen().then(reports.onReady, (failure: unknown) => onEnded(String(failure)));
    return {
      // Alone it never rests; told again to listen it would close the handle that it listens with.
      listen: () => {},
      rest: () => {},
      overrule: (overruling) => void starting.then((worker) => worker.overrule(overruling)),
      ask: async (asked) => (await starting).answer(asked),
      drain: () => void starting.then((worker) => worker.drain()).then(() => onEnded("drained")),
      kill: () => onEnded("killed"),
    };
  };
}

export type RecordingForwarder = Forwarder & {
  readonly passages: Passage[];
  /** Requests whose path is `/hold` wait for this. */
  releaseAll(): void;
};

/** Answers 200 with what it was given; `/hold` waits, `/stream` answers its head and waits, upgrades echo. */
function createRecordingForwarder(): RecordingForwarder {
  const passages: Passage[] = [];
  const held: (() => void)[] = [];
  return {
    passages,
    releaseAll: () => {
      for (const release of held.splice(0)) release();
    },
    web(request, response, passage) {
      passages.push(passage);
      const body = JSON.stringify({ siteId: passage.siteId, revision: passage.revision, url: request.url });
      const finish = () => {
        if (!response.headersSent) response.setHeader("content-length", Buffer.byteLength(body));
        response.end(body);
        passage.onDone({ status: 200, verdict: "ORIGIN_OK" });
      };
      if (request.url === "/stream") {
        response.writeHead(200, { "content-length": Buffer.byteLength(body) });
        response.flushHeaders();
      }
      if (request.url === "/hold" || request.url === "/stream") held.push(finish);
      else if (request.method === "POST") request.resume().once("end", finish);
      else finish();
    },
    upgrade(_request: IncomingMessage, socket: Duplex, _head, passage) {
      passages.push(passage);
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
      socket.pipe(socket);
      socket.once("close", () => passage.onDone({ status: 101, verdict: "ORIGIN_OK" }));
    },
  };
}
