import { execFileSync, spawnSync } from "node:child_process";
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority, createClient, createServer as createServerIdentity, type Identity } from "#e2e/pki/authority.ts";
import { fetchTls, listenLocally, openPlain, openTls } from "#sensor/client-fixture.ts";
import { type SensorProcess, startSensorProcess } from "#sensor/process-fixture.ts";
import { createWorkerProcesses } from "#sensor/worker-process.ts";

let sensor: SensorProcess;
let partners: Identity;
let others: Identity;
let partner: Identity;
let certificate: Identity;
let siteId: string;
const hostName = "crew.test";
const origin = createServer((_request, response) => response.end("hello"));

beforeAll(async () => {
  partners = await createAuthority({ commonName: "Partners" });
  others = await createAuthority({ commonName: "Others" });
  partner = await createClient(partners);
  certificate = await createServerIdentity(await createAuthority(), [hostName]);
  sensor = await startSensorProcess({ SENSOR_WORKERS: "3" });
  ({ siteId } = await sensor.sites.save(await guarded([partners])));
});
afterAll(async () => {
  await sensor[Symbol.asyncDispose]();
  origin.closeAllConnections();
  origin.close();
});

async function guarded(downstream: Identity[]) {
  const originHttpPort = origin.listening ? portOfOrigin() : await listenLocally(origin);
  return { hostName, certificate, downstream, originHttpPort, isTerminateOnly: true };
}

function portOfOrigin(): number {
  const address = origin.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

const ask = (client?: Identity) => fetchTls({ port: sensor.message.ports.SENSOR_HTTPS_PORT, servername: hostName, client });

/** As many connections at once as reach every worker: two of three may not hold so many, with what is under way. */
async function askEverybody(client?: Identity): Promise<Set<number>> {
  const to = { port: sensor.message.ports.SENSOR_HTTPS_PORT, servername: hostName, client };
  const raw = await Promise.all(Array.from({ length: 72 }, () => openTls(to)));
  const replies = await Promise.all(raw.map((one) => one.get("/", hostName)));
  for (const { socket } of raw) socket.destroy();
  return new Set(replies.map(({ status }) => status));
}

const metric = (line: string) => metricOf(sensor.message.ports.SENSOR_ADMIN_PORT, line);

async function metricOf(port: number, line: string): Promise<number> {
  const admin = await openPlain(port);
  const { body } = await admin.get("/metrics", "localhost");
  admin.socket.destroy();
  return Number(
    body
      .split("\n")
      .find((text) => text.startsWith(`${line} `))
      ?.slice(line.length + 1) ?? 0,
  );
}

const isLinux = process.platform === "linux";

/** A sensor's process keeps what it has open; only what would be opened now meets the limit. */
function limitDescriptors(pid: number, most: number): void {
  execFileSync("prlimit", ["--pid", String(pid), `--nofile=${most}:${most}`]);
}

const hasPrlimit = spawnSync("prlimit", ["--version"]).status === 0;

describe("several workers", () => {
  it("answer alike, each on its share of the connections", async () => {
    expect(await askEverybody(partner)).toEqual(new Set([200]));
    expect(await askEverybody()).toEqual(new Set([403]));
    const judging = () => new Set(sensor.log.filter(({ verdict }) => verdict === "CLIENT_CERT_MISSING").map(({ worker }) => worker));
    await expect.poll(() => askEverybody().then(() => judging().size), { timeout: 10_000 }).toBe(3);
  });

  it("all serve a revision when it is said to serve", async () => {
    for (let round = 0; round < 4; round += 1) {
      await sensor.sites.save({ ...(await guarded([round % 2 === 0 ? others : partners])), siteId });
      expect(await askEverybody(partner)).toEqual(new Set([round % 2 === 0 ? 403 : 200]));
    }
  });

  it.runIf(isLinux)("are replaced when one is killed: the port stays open, and the new one serves the same", async () => {
    const before = sensor.workers();
    expect(before).toHaveLength(3);
    for (const pid of before) {
      process.kill(pid, "SIGKILL");
      // Some of these the dying worker has accepted: they end, and none is counted any more.
      await Promise.allSettled(Array.from({ length: 10 }, () => ask(partner)));
      expect((await ask(partner)).status).toBe(200);
    }
    await expect.poll(() => metric("tessera_workers"), { timeout: 10_000 }).toBe(3);
    expect(sensor.workers().some((pid) => before.includes(pid))).toBe(false);
    expect(await metric("tessera_workers_lost_total")).toBe(3);
    expect(await askEverybody(partner)).toEqual(new Set([200]));
    expect(await askEverybody()).toEqual(new Set([403]));
    await expect.poll(() => metric("tessera_connections"), { timeout: 5_000 }).toBe(0);
  });

  it.runIf(isLinux)("keep a rejected revision rejected in a replaced worker and after a restart", async () => {
    const base = await guarded([partners]);
    const { revision } = await sensor.sites.save({ ...base, siteId, origin: "not an origin at all" });
    expect(await sensor.sites.judged(siteId, revision)).toMatchObject({ state: "not-serving", servingRevision: revision - 1 });
    const lost = await metric("tessera_workers_lost_total");
    const [victim] = sensor.workers();
    if (victim !== undefined) process.kill(victim, "SIGKILL");
    await expect.poll(() => metric("tessera_workers_lost_total"), { timeout: 10_000 }).toBe(lost + 1);
    await expect.poll(() => metric("tessera_workers"), { timeout: 10_000 }).toBe(3);
    expect(await askEverybody(partner)).toEqual(new Set([200]));
    sensor = await sensor.restart();
    expect(await askEverybody(partner)).toEqual(new Set([200]));
    expect(await askEverybody()).toEqual(new Set([403]));
    expect(await sensor.sites.judged(siteId, revision)).toMatchObject({ state: "not-serving", servingRevision: revision - 1 });
  });

  it.runIf(isLinux)("end with the primary, also when it is killed", async () => {
    const pids = sensor.workers();
    sensor.child.kill("SIGKILL");
    await sensor.exited;
    const isAlive = (pid: number) => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    await expect.poll(() => pids.some(isAlive), { timeout: 10_000 }).toBe(false);
  });
});

describe("a worker", () => {
  it.runIf(hasPrlimit)("that has no file descriptor left for a connection ends it, and it is not counted any more", async () => {
    await using small = await startSensorProcess({ SENSOR_WORKERS: "1" });
    const { SENSOR_HTTP_PORT, SENSOR_ADMIN_PORT } = small.message.ports;
    for (const pid of small.workers()) limitDescriptors(pid, 60);
    const clients = await Promise.all(Array.from({ length: 100 }, () => openPlain(SENSOR_HTTP_PORT)));
    // The limit is met: some are over at once, and the others are held.
    await expect.poll(() => metricOf(SENSOR_ADMIN_PORT, "tessera_connections"), { timeout: 5_000 }).toBeLessThan(60);
    await expect.poll(() => clients.filter((client) => client.isClosed()).length).toBeGreaterThan(40);
    for (const { socket } of clients) socket.destroy();
    await expect.poll(() => metricOf(SENSOR_ADMIN_PORT, "tessera_connections"), { timeout: 5_000 }).toBe(0);
  });

  it("that cannot even be started is reported as ended", async () => {
    const { execPath } = process;
    process.execPath = "/nowhere/node";
    const ended = Promise.withResolvers<string>();
    const nothing = () => {};
    try {
      const bound = { number: 0, handle: undefined, close: nothing };
      const opening = { begin: { ports: sensor.message.ports, workers: 1 }, bound: { http: bound, https: bound } };
      createWorkerProcesses(() => opening)({
        onReady: nothing,
        onLeaving: nothing,
        onWord: nothing,
        onArrived: () => [],
        onClosed: nothing,
        onStatus: nothing,
        onCounts: nothing,
        onRecord: async () => {},
        onEnded: ended.resolve,
      });
    } finally {
      process.execPath = execPath;
    }
    expect(await ended.promise).toContain("ENOENT");
  });
});
