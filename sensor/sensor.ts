import type { KeyObject } from "node:crypto";
import type { Server } from "node:net";
import type { Logger } from "#lib/log.ts";
import type { Keyring } from "#lib/store/keyring.ts";
import type { SensorStore } from "#lib/store/store.ts";
import { createAdmin } from "#sensor/admin.ts";
import { createConnections } from "#sensor/connections.ts";
import { atDrain, type Deadlines, deadlines as defaultDeadlines } from "#sensor/deadlines.ts";
import { createDialer } from "#sensor/dialer.ts";
import { createDispatcher } from "#sensor/dispatcher.ts";
import { createForwarder, type Forwarder } from "#sensor/forward.ts";
import { createGate } from "#sensor/gate.ts";
import { createHandOver } from "#sensor/hand-over.ts";
import { createHeartbeat } from "#sensor/heartbeat.ts";
import type { Identity } from "#sensor/identity.ts";
import { listen } from "#sensor/listen.ts";
import { markSocket } from "#sensor/marked-socket.ts";
import { createPlainHttp } from "#sensor/plain-http.ts";
import { createProtocols } from "#sensor/protocols.ts";
import type { Makers, Revision } from "#sensor/revision.ts";
import { createServerCache } from "#sensor/server-cache.ts";
import { createSettler } from "#sensor/settle.ts";
import { createSiteServer } from "#sensor/site-server.ts";
import { createKeyOpener } from "#sensor/stored-keys.ts";
import { createUpstream } from "#sensor/upstream.ts";
import { createWatch } from "#sensor/watch.ts";

export type SensorOptions = {
  store: SensorStore;
  keyring: Keyring;
  log: Logger;
  version: string;
  host: string | undefined;
  ports: { http: number; https: number; admin: number };
  publicHttpsPort: number | undefined;
  originAllow: string[];
  /** Ports of the product's other processes, which no origin may point at. */
  productPorts: number[];
  deadlines?: Deadlines;
  /** Wall clock in milliseconds, by which certificates are judged. */
  now?: () => number;
  /** For tests that look at what would be forwarded. */
  forwarder?: Forwarder;
};

export type Sensor = {
  readonly ports: { SENSOR_HTTP_PORT: number; SENSOR_HTTPS_PORT: number; SENSOR_ADMIN_PORT: number };
  isReady(): boolean;
  /** Takes no new connection, finishes what runs within a limit, then resolves. */
  drain(): Promise<void>;
};

/** Puts the parts together, listens and starts following the store. Throws AppError `port.unusable`. */
export async function startSensor(options: SensorOptions): Promise<Sensor> {
  const { store, log, deadlines = defaultDeadlines, now = Date.now } = options;
  const ports = { SENSOR_HTTP_PORT: 0, SENSOR_HTTPS_PORT: 0, SENSOR_ADMIN_PORT: 0 };
  const publicHttpsPort = () => options.publicHttpsPort ?? ports.SENSOR_HTTPS_PORT;
  const connections = createConnections(deadlines);
  const dialer = createDialer({
    originAllow: options.originAllow,
    productPorts: () => [...options.productPorts, ...Object.values(ports)],
    log,
  });

  const makers: Makers = {
    openKey: createKeyOpener(store, options.keyring),
    createUpstream: (parts) => createUpstream({ ...parts, dialer }),
    serverOf: createServerCache<Revision, ReturnType<typeof makeServer>>(1_000),
    createServer: makeServer,
  };
  const settle = createSettler({ store, makers, now: () => new Date(now()) });
  const watch = createWatch({ store, settle, connections, log });
  const { snapshot } = watch;
  const onUnusable = (revision: Revision, failure: unknown) => {
    log.error({ siteId: revision.siteId, revision: revision.number, err: failure, verdict: "CREDENTIALS_UNUSABLE" }, "revision unusable");
    watch.distrust(revision);
  };
  const publicPort = (scheme: "http" | "https") => (scheme === "https" ? publicHttpsPort() : ports.SENSOR_HTTP_PORT);
  const handOver = createHandOver({ forwarder: options.forwarder ?? createForwarder({ log }), log, publicPort, onUnusable });
  const protocols = createProtocols({ gate: createGate({ snapshot, handOver, log, now }), deadlines });

  const https = createDispatcher({ snapshot, connections, log, onUnusable });
  const http = createPlainHttp({ snapshot, connections, handOver, deadlines, log, publicHttpsPort });
  const admin = createAdmin({ isReady: watch.isReady });

  await watch.tick();
  ports.SENSOR_HTTP_PORT = await listen(http, { port: options.ports.http, host: options.host, variable: "SENSOR_HTTP_PORT" });
  ports.SENSOR_HTTPS_PORT = await listen(https, { port: options.ports.https, host: options.host, variable: "SENSOR_HTTPS_PORT" });
  ports.SENSOR_ADMIN_PORT = await listen(admin, { port: options.ports.admin, host: "127.0.0.1", variable: "SENSOR_ADMIN_PORT" });

  const heartbeat = createHeartbeat({ store, watch, version: options.version, log });
  const stops = [repeat(watch.tick, 10), repeat(heartbeat, 1_000), repeat(async () => connections.sweep(), deadlines.sweepMs)];
  await heartbeat();
  return { ports, isReady: watch.isReady, drain };

  function makeServer(revision: Revision, key: KeyObject) {
    const { siteId, number, compiled } = revision;
    return createSiteServer({
      compiled,
      key,
      deadlines,
      onSecure: (socket, identity: Identity | null) => {
        const connection = connections.find(socket);
        if (connection?.siteId !== siteId || connection.isRetired) {
          socket.destroy();
          return;
        }
        connection.secure(socket, { isRefused: identity !== null && identity.verdict !== "CLIENT_CERT_VERIFIED" });
        markSocket(socket, { siteId, revision: number, identity, connection });
        protocols.take(socket);
      },
      onHandshakeFailure: (failure, socket) => {
        log.info({ siteId, address: connections.find(socket)?.address, reason: failure.message }, "handshake failed");
      },
    });
  }

  async function drain(): Promise<void> {
    const closed = [http, https, admin].map(closeServer);
    connections.retireAll(atDrain);
    await connections.whenEmpty();
    await Promise.all(closed);
    for (const stop of stops) stop();
  }
}

/** Runs `work` again and again, each time `pauseMs` after it has finished; answers the function that ends it. */
function repeat(work: () => Promise<void>, pauseMs: number): () => void {
  let isStopped = false;
  let timer = setTimeout(run, pauseMs);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };

  async function run(): Promise<void> {
    await work();
    if (!isStopped) timer = setTimeout(run, pauseMs);
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
