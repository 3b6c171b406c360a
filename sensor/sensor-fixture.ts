import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Duplex } from "node:stream";
import { createServer, type Identity } from "#e2e/pki/authority.ts";
import { createLogger } from "#lib/log.ts";
import { type KeyField, newSite, type Site } from "#lib/site/schema.ts";
import { ensureKeyring, type Keyring } from "#lib/store/keyring.ts";
import { migrateDatabases } from "#lib/store/migrate.ts";
import { sealKey } from "#lib/store/seal.ts";
import { type ConsoleStore, newSiteId, openConsoleStore, openSensorStore, type SensorStore } from "#lib/store/store.ts";
import { type Deadlines, deadlines } from "#sensor/deadlines.ts";
import type { Forwarder } from "#sensor/forward.ts";
import type { Passage } from "#sensor/passage.ts";
import { type Sensor, startSensor } from "#sensor/sensor.ts";

export type SiteOptions = Partial<Site> & {
  /** Signs the site's certificate; TLS is on when given. */
  authority?: Identity;
  certificate?: Identity;
  downstream?: Identity[];
  upstream?: Identity;
};

export type Rig = {
  readonly dataDir: string;
  readonly store: ConsoleStore;
  readonly sensorStore: SensorStore;
  readonly ports: Sensor["ports"];
  readonly forwarder: RecordingForwarder;
  /** Each line the sensor logged. */
  readonly log: Record<string, unknown>[];
  /** Saves a site and waits until the sensor has judged the revision. */
  save(options: SiteOptions & { hostName: string; siteId?: string }): Promise<{ siteId: string; revision: number }>;
  /** The same without waiting. */
  commit(options: SiteOptions & { hostName: string; siteId?: string }): Promise<{ siteId: string; revision: number }>;
  remove(siteId: string): Promise<void>;
  judged(siteId: string, revision: number): Promise<{ state: string; servingRevision: number | null; problems: { code: string }[] }>;
  start(): Promise<void>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

type RigOptions = {
  /** Forwards for real instead of recording; a site then needs an origin that is there. */
  isForwarding?: boolean;
  publicHttpsPort?: number;
  deadlines?: Partial<Deadlines>;
  now?: () => number;
  store?: (store: SensorStore) => SensorStore;
};

/** A whole sensor on free ports over a real store in a temporary folder; only the way to the origin is recorded instead, unless told. */
export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "sensor-"));
  migrateDatabases(dataDir);
  const store = openConsoleStore(dataDir);
  const keyring = await ensureKeyring(store, path.join(dataDir, "secrets.key"));
  const tenant = await store.tenants.byName("Default");
  const tenantId = tenant?.id ?? "";
  const forwarder = createRecordingForwarder();
  const log: Record<string, unknown>[] = [];
  const sensorStore = (options.store ?? ((own) => own))(openSensorStore(dataDir));
  const revisions = new Map<string, number>();
  let sensor: Sensor | null = null;

  const rig: Rig = {
    dataDir,
    store,
    sensorStore,
    forwarder,
    log,
    get ports() {
      return sensor?.ports ?? { SENSOR_HTTP_PORT: 0, SENSOR_HTTPS_PORT: 0, SENSOR_ADMIN_PORT: 0 };
    },
    commit,
    save,
    remove,
    judged,
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      store.close();
      sensorStore.close();
      rmSync(dataDir, { recursive: true });
    },
  };
  await start();
  return rig;

  async function start(): Promise<void> {
    sensor = await startSensor({
      store: sensorStore,
      keyring,
      log: createLogger("sensor", (line) => log.push(JSON.parse(line))),
      version: "test",
      host: "127.0.0.1",
      ports: { http: 0, https: 0, admin: 0 },
      publicHttpsPort: options.publicHttpsPort,
      originAllow: ["127.0.0.0/8"],
      productPorts: [],
      deadlines: { ...deadlines, sweepMs: 10, lingerMs: 100, ...options.deadlines },
      now: options.now,
      ...(options.isForwarding ? {} : { forwarder }),
    });
  }

  async function stop(): Promise<void> {
    forwarder.releaseAll();
    await sensor?.drain();
    sensor = null;
  }

  async function commit(wanted: SiteOptions & { hostName: string; siteId?: string }) {
    const siteId = wanted.siteId ?? newSiteId();
    const { site, keys } = await makeSite(wanted, siteId, keyring);
    const basedOn = revisions.get(siteId) ?? null;
    const saved = await store.sites.save({ tenantId, siteId, basedOn, site, keys, author: "test", now: new Date() });
    if (!saved.ok) throw new Error(JSON.stringify(saved.problems));
    revisions.set(siteId, saved.value.revision);
    return saved.value;
  }

  async function save(wanted: SiteOptions & { hostName: string; siteId?: string }) {
    const saved = await commit(wanted);
    await judged(saved.siteId, saved.revision);
    return saved;
  }

  async function remove(siteId: string): Promise<void> {
    await store.sites.remove({ tenantId, siteId, basedOn: revisions.get(siteId) ?? 0, author: "test", now: new Date() });
  }

  async function judged(siteId: string, revision: number) {
    for (;;) {
      const [state] = await store.servingStates(tenantId, [siteId]);
      if (state?.revision === revision && state.state !== "waiting") return state;
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  }
}

async function makeSite(options: SiteOptions & { hostName: string }, siteId: string, keyring: Keyring) {
  const {
    authority,
    certificate,
    downstream,
    upstream,
    siteId: _,
    ...fields
  } = options as SiteOptions & { hostName: string; siteId?: string };
  const names = fields.isWildcard ? [fields.hostName, `*.${fields.hostName}`] : [fields.hostName];
  const own = certificate ?? (authority ? await createServer(authority, names) : undefined);
  const stored = (identity: Identity | undefined) =>
    identity ? { certificates: identity.certificate, publicKey: identity.publicKey.toString("base64") } : null;
  const site: Site = {
    ...newSite,
    origin: "127.0.0.1",
    originHttpPort: 9,
    originHttpsPort: 9,
    isSslEnabled: own !== undefined,
    sslCredentials: stored(own),
    isDownstreamMtls: downstream !== undefined,
    downstreamMtlsCredentials: downstream?.map((anchor) => anchor.certificate).join("") ?? "",
    isUpstreamMtls: upstream !== undefined,
    upstreamMtlsCredentials: stored(upstream),
    ...fields,
  };
  const seal = async (field: KeyField, identity: Identity | undefined) => {
    if (identity === undefined) return [];
    const pkcs8 = identity.keys.privateKey.export({ type: "pkcs8", format: "der" });
    return [await sealKey(keyring.current, pkcs8, { siteId, field, publicKey: identity.publicKey })];
  };
  return { site, keys: [...(await seal("sslCredentials", own)), ...(await seal("upstreamMtlsCredentials", upstream))] };
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
