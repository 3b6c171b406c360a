import type { KeyObject } from "node:crypto";
import type { Socket } from "node:net";
import type { Limits } from "#lib/limits.ts";
import type { Logger } from "#lib/log.ts";
import type { LedgerBatch, SensorStore } from "#lib/store/store.ts";
import { type Acceptor, createAcceptor } from "#sensor/acceptor.ts";
import { type Asked, createAnswerer } from "#sensor/answerer.ts";
import { createConnections } from "#sensor/connections.ts";
import { atDrain, type Deadlines } from "#sensor/deadlines.ts";
import { createDialer } from "#sensor/dialer.ts";
import { createDispatcher } from "#sensor/dispatcher.ts";
import { createForwarder, type Forwarder } from "#sensor/forward.ts";
import { createGate } from "#sensor/gate.ts";
import { createHandOver } from "#sensor/hand-over.ts";
import { createHandlers } from "#sensor/handlers.ts";
import type { KeyringFile } from "#sensor/keyring-file.ts";
import { createLedger } from "#sensor/ledger.ts";
import { watchLoopLag } from "#sensor/loop-lag.ts";
import { markSocket } from "#sensor/marked-socket.ts";
import type { Arrival, Overruling, Ports, Status, TrafficPort, Word } from "#sensor/messages.ts";
import { createMetrics } from "#sensor/metrics.ts";
import { createPlainHttp } from "#sensor/plain-http.ts";
import { createProtocols } from "#sensor/protocols.ts";
import { createRecentUses } from "#sensor/recent-uses.ts";
import { createRecorder } from "#sensor/recorder.ts";
import { createRefuse } from "#sensor/refuse.ts";
import { repeat } from "#sensor/repeat.ts";
import type { Makers, Revision } from "#sensor/revision.ts";
import { createSettler } from "#sensor/settle.ts";
import { createSiteServer } from "#sensor/site-server.ts";
import { pollStore } from "#sensor/store-poll.ts";
import { createKeyOpener } from "#sensor/stored-keys.ts";
import { createTally, type Deltas } from "#sensor/tally.ts";
import { createTurnAway } from "#sensor/turn-away.ts";
import { createUpstream } from "#sensor/upstream.ts";
import { createWatch } from "#sensor/watch.ts";

export type WorkerOptions = {
  /** Where the databases are. */
  dataDir: string;
  store: SensorStore;
  keyrings: KeyringFile;
  log: Logger;
  /** The ports the primary listens on. */
  ports: Ports;
  publicHttpsPort: number | undefined;
  originAllow: string[];
  /** Ports of the product's other processes, which no origin may point at. */
  productPorts: number[];
  deadlines: Deadlines;
  /** This worker's share. */
  limits: Limits;
  /** Wall clock in milliseconds, by which certificates are judged. */
  now?: () => number;
  /** For tests that look at what would be forwarded. */
  forwarder?: Forwarder;
  /** What it made of a revision. */
  onWord: (word: Word) => void;
  /** It has accepted these and asks whether they are let in; the answer goes to `judge`. */
  onArrived: (arrivals: readonly Arrival[]) => void;
  /** A connection from this address is over that was let in. */
  onClosed: (address: string) => void;
  onStatus: (status: Status) => void;
  onCounts: (counts: Deltas) => void;
  /** Writes a batch of the ledger; left out, none is kept. */
  record?: (batch: LedgerBatch) => Promise<void>;
};

/** What serves: it follows the store and accepts connections by itself, and has each judged before it reads a byte. */
export type Worker = Omit<Acceptor, "leave"> & {
  /** Another worker cannot serve this revision: then this one does not either. */
  overrule(overruling: Overruling): void;
  /** Answers a question of the console's with JSON text; never rejects. */
  answer(asked: Asked): Promise<string>;
  /** Finishes what runs within a limit, then resolves. */
  drain(): Promise<void>;
};

/** Of how many sites a worker has TLS servers and contexts ready, unless more of them have connections. */
const mostOpened = 500;

/** Puts the parts together, loads the store's sites and starts following it. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { store, keyrings, log, ports, deadlines, limits, now = Date.now } = options;
  const publicHttpsPort = () => options.publicHttpsPort ?? ports.SENSOR_HTTPS_PORT;
  const metrics = createMetrics({ requests: () => connections.load() });
  const { limited: onLimit } = metrics;
  const tally = createTally();
  const ledger = options.record === undefined ? null : createLedger({ send: options.record, onDropped: metrics.unrecorded });
  const recorder = createRecorder({ ledger, tally, now });
  const refuse = createRefuse({ recorder });
  const connections = createConnections({
    deadlines,
    limits,
    onLate: metrics.late,
    onClosed: options.onClosed,
  });
  const dialer = createDialer({
    originAllow: options.originAllow,
    productPorts: () => [...options.productPorts, ...Object.values(ports)],
    log,
  });

  const openKey = createKeyOpener(store, keyrings);
  const makers: Makers = {
    openKey,
    createUpstream: (parts) => createUpstream({ ...parts, dialer }),
    createServer: makeServer,
    uses: createRecentUses<Revision>({ most: mostOpened, unusedMs: deadlines.unusedSiteMs, letGo: (revision) => revision.release() }),
    isBusy: connections.isOpen,
    now,
  };
  const settle = createSettler({ store, makers, now: () => new Date(now()) });
  const watch = createWatch({
    store,
    settle,
    connections,
    log,
    unusedMs: deadlines.unusedSiteMs,
    onWord: options.onWord,
    onApplied: (committedAt) => tally.observe("apply", Math.max(0, Date.now() - committedAt.getTime())),
  });
  const { directory, load } = watch;
  const onUnusable = (revision: Revision, failure: unknown) => {
    log.error({ siteId: revision.siteId, revision: revision.number, err: failure, verdict: "CREDENTIALS_UNUSABLE" }, "revision unusable");
    watch.distrust(revision);
  };
  const publicPort = (scheme: "http" | "https") => (scheme === "https" ? publicHttpsPort() : ports.SENSOR_HTTP_PORT);
  const forwarder = options.forwarder ?? createForwarder({ log, stallMs: deadlines.stallMs });
  const handOver = createHandOver({
    forwarder,
    refuse,
    recorder,
    log,
    mostHeaders: limits.headers,
    mostHeaderBytes: limits.headerBytes,
    mostAtOnce: limits.streams,
    onLimit,
    publicPort,
    onUnusable,
  });
  const turnAway = createTurnAway({ refuse, recorder, onLimit, log });
  const gate = createGate({ directory, handOver, refuse, turnAway, recorder, log, onLimit, now });
  const protocols = createProtocols({ gate, deadlines, limits, onLimit });
  const takers: Record<TrafficPort, (socket: Socket, address: string) => void> = {
    https: createDispatcher({ directory, load, connections, recorder, log, mostHelloBytes: limits.helloBytes, onLimit, onUnusable }),
    http: createPlainHttp({
      directory,
      load,
      connections,
      handOver,
      refuse,
      turnAway,
      recorder,
      deadlines,
      limits,
      onLimit,
      log,
      publicHttpsPort,
    }),
  };

  const acceptor = createAcceptor({ ports, ask: options.onArrived, take, onClosed: options.onClosed, log });
  const keyIds = () => keyrings.current().keys.map(({ id }) => id);
  const standing = () => ({
    isLoaded: watch.isReady(),
    isListening: acceptor.isListening(),
    changeNumber: watch.appliedChangeNumber(),
    lastError: watch.lastError(),
    keyIds: keyIds(),
  });
  let told = "";
  const tell = async () => {
    keyrings.refresh();
    told = JSON.stringify(standing());
    options.onStatus({ ...standing(), measurements: await metrics.measure() });
    options.onCounts(tally.take());
  };
  const follow = async () => {
    await watch.tick();
    if (JSON.stringify(standing()) !== told) await tell();
  };
  await follow();
  const stops = [
    watchLoopLag((lagMs) => tally.observe("workerLoop", lagMs)),
    pollStore({ dataDir: options.dataDir, look: follow }),
    repeat(tell, 1_000),
    repeat(async () => connections.sweep(), deadlines.sweepMs),
    repeat(async () => {
      watch.sweep();
      makers.uses.sweep();
    }, deadlines.sweepMs),
  ];
  const answer = createAnswerer({
    handlers: createHandlers({ dialer, store, openKey, keyrings, now: () => new Date(now()) }),
    keyrings,
    log,
  });
  return { ...acceptor, overrule: watch.overrule, answer, drain };

  function take(port: TrafficPort, socket: Socket, address: string): void {
    metrics.accepted(port);
    takers[port](socket, address);
  }

  function makeServer(revision: Revision, key: KeyObject, isObserving: boolean) {
    const { siteId, number, compiled } = revision;
    return createSiteServer({
      compiled,
      key,
      deadlines,
      isObserving,
      onSecure: (socket, judged) => {
        const { identity, seen } = judged;
        const connection = connections.find(socket);
        if (connection?.siteId !== siteId || connection.isRetired) {
          socket.destroy();
          return;
        }
        connection.secure(socket, { isRefused: identity !== null && identity.verdict !== "CLIENT_CERT_VERIFIED" });
        recorder.handshake({ siteId, revision: number }, connection, { socket, ...judged });
        markSocket(socket, { siteId, revision: number, identity, seen, connection });
        protocols.take(socket);
      },
      onHandshakeFailure: (failure, socket) => {
        const connection = connections.find(socket);
        log.info({ siteId, address: connection?.address, reason: failure.message }, "handshake failed");
        recorder.handshakeFailed({ siteId, revision: number }, connection, failure);
      },
    });
  }

  async function drain(): Promise<void> {
    acceptor.leave();
    connections.retireAll(atDrain(deadlines));
    await connections.whenEmpty();
    for (const stop of stops) stop();
    await tell();
    await ledger?.drain();
  }
}
