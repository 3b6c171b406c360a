import { createServer } from "node:https";
import { parseArgs } from "node:util";
import { type Asked, askOn, askOnce } from "#bench/growth-client.ts";
import { drawGrowth } from "#bench/growth-plot.ts";
import { type GrowthRow, type UseRow, writeGrowth } from "#bench/growth-report.ts";
import { type BenchSite, createShared, createSiteMaker, type Shared, saveChange, storeSites } from "#bench/growth-store.ts";
import { cpuSecondsOf, residentMbOf } from "#bench/machine.ts";
import { median } from "#bench/report.ts";
import { listenLocally } from "#sensor/client-fixture.ts";
import { type SensorProcess, startSensorProcess } from "#sensor/process-fixture.ts";

/**
 * What a save, a start and idle sites cost as their number grows: `node scripts/run.mjs bench/growth.ts`, on Linux. One
 * store grows; at each size a whole sensor (primary and one worker) is started over it. Every site has mTLS on both sides.
 */
const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "1,100,1000,10000" },
    saves: { type: "string", default: "24" },
    used: { type: "string", default: "2000" },
    idle: { type: "string", default: "20" },
    /** After how many seconds without use a site's memory is given back, in place of the sensor's own setting. */
    unused: { type: "string", default: "30" },
  },
});
const saves = Number(values.saves);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const made = await createShared();
const origin = createServer({
  cert: made.origin.certificate,
  key: made.origin.key,
  ca: made.sensorAuthority.certificate,
  requestCert: true,
  rejectUnauthorized: true,
});
origin.on("request", (_request, response) => response.end("hello"));
const shared: Shared = { ...made, originPort: await listenLocally(origin) };
let sensor = await startSensorProcess({
  SENSOR_WORKERS: "1",
  SENSOR_HOST: "127.0.0.1",
  SENSOR_MAX_CONNECTIONS_PER_ADDRESS: "10000",
  SENSOR_UNUSED_SITE_TIMEOUT: values.unused,
});
const make = createSiteMaker(sensor.sites, shared);
const sites: BenchSite[] = [];
const rows: GrowthRow[] = [];
let use: UseRow | null = null;

for (const size of values.sizes.split(",").map(Number)) {
  const added = await make(size - sites.length);
  sites.push(...added);
  const starts = [await restart(added), await restart([]), await restart([])];
  const start = starts.toSorted((one, other) => one.readyMs - other.readyMs)[1] ?? starts[0];
  await quieten();
  const idle = await measureIdle();
  const decided = await measureSaves();
  const failures = await measureFailures();
  const cost = await measureCost();
  if (start !== undefined) rows.push({ sites: size, ...start, ...idle, ...decided, ...cost, ...failures });
  console.log(JSON.stringify(rows.at(-1)));
}
if (sites.length >= Number(values.used)) use = await measureUse(Number(values.used));
console.log(JSON.stringify(use));
await sensor[Symbol.asyncDispose]();
origin.closeAllConnections();
origin.close();
console.log(writeGrowth(rows, use));
drawGrowth();

function processes({ child, workers }: SensorProcess): { primary: number; worker: number } {
  return { primary: child.pid ?? 0, worker: workers()[0] ?? 0 };
}

/** Stops the sensor, adds what is new to the store and starts it again: from the start of the process to its word that it serves. */
async function restart(added: readonly BenchSite[]) {
  let begun = 0;
  const { dataDir, sites: saved } = sensor;
  sensor = await sensor.restart(() => {
    if (added.length > 0) storeSites(dataDir, saved.tenantId, added);
    begun = performance.now();
  });
  sensor.child.stdout?.resume();
  const readyMs = performance.now() - begun;
  const { primary, worker } = processes(sensor);
  return { readyMs, readyWorkerCpuMs: cpuSecondsOf([worker]) * 1_000, readyPrimaryCpuMs: cpuSecondsOf([primary]) * 1_000 };
}

/** Until what a start leaves for later is done: two seconds with almost no CPU. */
async function quieten(): Promise<void> {
  const { primary, worker } = processes(sensor);
  for (let before = Number.NEGATIVE_INFINITY; cpuSecondsOf([primary, worker]) - before > 0.1; await pause(2_000))
    before = cpuSecondsOf([primary, worker]);
}

async function measureIdle() {
  const { primary, worker } = processes(sensor);
  const before = [primary, worker].map((pid) => cpuSecondsOf([pid]));
  await pause(Number(values.idle) * 1_000);
  const [primaryS = 0, workerS = 0] = [primary, worker].map((pid, at) => cpuSecondsOf([pid]) - (before[at] ?? 0));
  const perMinute = 60_000 / Number(values.idle);
  return {
    settledWorkerCpuMs: (before[1] ?? 0) * 1_000,
    settledPrimaryCpuMs: (before[0] ?? 0) * 1_000,
    idleWorkerCpuMs: workerS * perMinute,
    idlePrimaryCpuMs: primaryS * perMinute,
    idleWorkerMb: residentMbOf([worker]),
    idlePrimaryMb: residentMbOf([primary]),
  };
}

/** Each save puts the other CA in the place of the one before; a client of one of them asks until the new one decides. */
async function measureSaves() {
  const { SENSOR_HTTPS_PORT: port } = sensor.message.ports;
  const site = siteAt(0);
  const begunMs: number[] = [];
  const judgedMs: number[] = [];
  await askOnce(port, site.hostName, shared.partner);
  for (let at = 0; at < saves; at += 1) {
    const isTrusted = at % 2 === 1;
    const anchor = isTrusted ? shared.partners : shared.others;
    const committed = await saveChange(sensor.sites, site, { downstreamMtlsCredentials: anchor.certificate });
    for (;;) {
      const begun = performance.now();
      const status = await askOnce(port, site.hostName, shared.partner);
      if (status !== (isTrusted ? 200 : 403)) continue;
      begunMs.push(begun - committed);
      judgedMs.push(performance.now() - committed);
      break;
    }
    await pause(40 + 7 * at);
  }
  return { saveBegunMs: spread(begunMs), saveJudgedMs: spread(judgedMs) };
}

/** Requests on the saved site and on others, kept and with a handshake each, while the site gets another response header. */
async function measureFailures() {
  const { SENSOR_HTTPS_PORT: port } = sensor.message.ports;
  const site = siteAt(0);
  const same = [true, false].map((isKept) => askOn(port, site.hostName, shared.partner, isKept));
  const others = sites.length === 1 ? [] : [true, false].map((isKept) => askOn(port, siteAt(1).hostName, shared.partner, isKept));
  for (let at = 0; at < saves; at += 1) {
    await saveChange(sensor.sites, site, { responseHeaders: [{ name: "x-save", value: String(at) }] });
    await pause(50);
  }
  return { sameSite: sum(await stopAll(same)), otherSites: sum(await stopAll(others)) };
}

async function measureCost() {
  const { primary, worker } = processes(sensor);
  const [primaryS, workerS] = [cpuSecondsOf([primary]), cpuSecondsOf([worker])];
  const began = performance.now();
  for (let at = 0; at < saves * 4; at += 1) {
    await saveChange(sensor.sites, siteAt(at % Math.min(sites.length, 20)), { readTimeoutS: 10 + at });
    await pause(25);
  }
  await pause(200);
  const minutes = (performance.now() - began) / 60_000;
  return {
    costMinutes: minutes,
    saveWorkerCpuMs: ((cpuSecondsOf([worker]) - workerS) * 1_000) / (saves * 4),
    savePrimaryCpuMs: ((cpuSecondsOf([primary]) - primaryS) * 1_000) / (saves * 4),
  };
}

async function measureUse(used: number): Promise<UseRow> {
  const { SENSOR_HTTPS_PORT: port } = sensor.message.ports;
  await restart([]);
  await quieten();
  const { primary, worker } = processes(sensor);
  const before = residentMbOf([worker]);
  let next = 0;
  let failed = 0;
  const lane = async () => {
    for (let at = next++; at < used; at = next++)
      if ((await askOnce(port, siteAt(sites.length - 1 - at).hostName, shared.partner)) !== 200) failed += 1;
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  await pause(1_000);
  const inUse = residentMbOf([worker]);
  const after: [seconds: number, mb: number][] = [];
  for (const began = performance.now(); performance.now() - began < Number(values.unused) * 3_000; await pause(5_000))
    after.push([Math.round((performance.now() - began) / 1_000), residentMbOf([worker])]);
  return { used, failed, before, inUse, after, primaryMb: residentMbOf([primary]) };
}

function siteAt(index: number): BenchSite {
  const site = sites[index];
  if (site === undefined) throw new Error(`There is no site ${index}.`);
  return site;
}

async function stopAll(asking: readonly { stop(): Promise<Asked> }[]): Promise<Asked[]> {
  return Promise.all(asking.map((one) => one.stop()));
}

function sum(all: readonly Asked[]): Asked {
  const of = (pick: (asked: Asked) => number) => all.reduce((total, asked) => total + pick(asked), 0);
  return { requests: of(({ requests }) => requests), failed: of(({ failed }) => failed), lost: of(({ lost }) => lost) };
}

function spread(of: number[]): { median: number; p95: number } {
  const sorted = of.toSorted((one, other) => one - other);
  return { median: median(sorted), p95: sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0 };
}
