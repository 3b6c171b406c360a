import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { type Bundle, createBundles } from "#bench/bundles.ts";
import type { LoopStall } from "#bench/loop-watch.ts";
import { cpuSecondsOf } from "#bench/machine.ts";
import { median, writeResult } from "#bench/report.ts";
import { createAuthority, createServer as createServerIdentity } from "#e2e/pki/authority.ts";
import { fetchTls, listenLocally } from "#sensor/client-fixture.ts";
import { type SensorProcess, startSensorProcess } from "#sensor/process-fixture.ts";

/**
 * How long a sensor's loops stall while a site with a large CA bundle is compiled: `node scripts/run.mjs bench/stall.ts
 * [rounds]`, on Linux. Each round has a sensor of its own (primary and one worker) that serves another site meanwhile.
 */
const [rounds = 5] = process.argv.slice(2).map(Number);

/** Of one step: the longest stall of each loop, the other site's slowest answer, and the worker's CPU time in all. */
type Sample = { worker: LoopStall; primary: LoopStall; slowestMs: number; workerCpuMs: number };
type Step = { bundle: string; step: string; samples: Sample[] };

const warmUpMs = 1_500;
const windowMs = 1_000;
const quiet = "quiet.test";
const partners = "partners.test";

const folder = mkdtempSync(join(tmpdir(), "tessera-stall-"));
const watched = {
  NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, "loop-watch.ts"))}?folder=${folder}`,
  LEDGER_DAYS: "30",
  SENSOR_WORKERS: "1",
  SENSOR_HOST: "127.0.0.1",
};
const web = await createAuthority();
const certificates = { quiet: await createServerIdentity(web, [quiet]), partners: await createServerIdentity(web, [partners]) };
const origin = createServer((_request, response) => response.end("hello"));
const originHttpPort = await listenLocally(origin);

const steps: Step[] = [];
for (const bundle of createBundles()) for (let round = 0; round < rounds; round += 1) await play(bundle);
origin.closeAllConnections();
origin.close();
rmSync(folder, { recursive: true });
console.log(writeResult("stall", { rounds, steps }, tablesOf(steps)));

async function play(bundle: Bundle): Promise<void> {
  let sensor = await startSensorProcess(watched);
  try {
    sensor.child.stdout?.resume();
    const site = { originHttpPort, isTerminateOnly: true, isDownstreamMtls: true };
    await sensor.sites.save({ ...site, isDownstreamMtls: false, hostName: quiet, certificate: certificates.quiet });
    const [first, second] = [await bundle.make(), await bundle.make()];
    const saved = { ...site, hostName: partners, certificate: certificates.partners };
    let siteId: string | undefined;
    const save = async (bundleOfSite: string[]) => {
      ({ siteId } = await sensor.sites.save({ ...saved, ...(siteId && { siteId }), downstreamMtlsCredentials: bundleOfSite.join("") }));
    };
    const connect = () => fetchTls({ port: sensor.message.ports.SENSOR_HTTPS_PORT, servername: partners });

    await take(sensor, bundle, "nothing happens", async () => {});
    await take(sensor, bundle, "the site is saved for the first time", () => save(first));
    await take(sensor, bundle, "its first client", connect);
    await take(sensor, bundle, "all its CAs are replaced", () => save(second));
    await take(sensor, bundle, "one CA is taken away", () => save(second.slice(1)));
    sensor = await sensor.restart();
    sensor.child.stdout?.resume();
    await take(sensor, bundle, "its first client after a restart", connect);
  } finally {
    await sensor[Symbol.asyncDispose]();
  }
}

async function take(sensor: SensorProcess, bundle: Bundle, step: string, act: () => Promise<unknown>): Promise<void> {
  const [primary = 0, worker = 0] = [sensor.child.pid, ...sensor.workers()];
  const load = askAllTheTime(sensor.message.ports.SENSOR_HTTPS_PORT);
  await pause(warmUpMs);
  await readStall(primary);
  await readStall(worker);
  load.reset();
  const before = cpuSecondsOf([worker]);
  await act();
  await pause(windowMs);
  const workerCpuMs = (cpuSecondsOf([worker]) - before) * 1_000;
  const sample = { worker: await readStall(worker), primary: await readStall(primary), slowestMs: load.slowest(), workerCpuMs };
  await load.end();
  const entry = steps.find((one) => one.bundle === bundle.name && one.step === step);
  if (entry) entry.samples.push(sample);
  else steps.push({ bundle: bundle.name, step, samples: [sample] });
}

async function readStall(pid: number): Promise<LoopStall> {
  const file = join(folder, `${pid}.json`);
  rmSync(file, { force: true });
  process.kill(pid, "SIGUSR2");
  for (;;) {
    await pause(2);
    try {
      return JSON.parse(readFileSync(file, "utf8"));
    } catch {}
  }
}

/** Light load on the other site: one request after the other on a kept connection, one every 2 ms or so. */
function askAllTheTime(port: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const to = { host: "127.0.0.1", port, servername: quiet, headers: { host: quiet }, agent, rejectUnauthorized: false };
  let slowest = 0;
  let isOver = false;
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      request(to, (response) => response.resume().once("end", resolve))
        .once("error", reject)
        .end();
    });
  const asking = (async () => {
    while (!isOver) {
      const since = performance.now();
      await ask();
      slowest = Math.max(slowest, performance.now() - since);
      await pause(1);
    }
  })();
  return {
    reset: () => {
      slowest = 0;
    },
    slowest: () => slowest,
    async end() {
      isOver = true;
      await asking;
      agent.destroy();
    },
  };
}

function tablesOf(all: Step[]): string[] {
  const names = [...new Set(all.map(({ bundle }) => bundle))];
  return names.flatMap((name) => [
    "",
    `## ${name}`,
    "",
    "| longest stall in ms, median (worst) of the rounds | worker | of it CPU | primary | of it CPU | other site's slowest answer | worker's CPU in all |",
    "|---|---|---|---|---|---|---|",
    ...all.filter(({ bundle }) => bundle === name).map(rowOf),
  ]);
}

function rowOf({ step, samples }: Step): string {
  const cell = (pick: (sample: Sample) => number) => {
    const values = samples.map(pick);
    return `${median(values).toFixed(1)} (${Math.max(...values).toFixed(1)})`;
  };
  const cells = [
    cell(({ worker }) => worker.wallMs),
    cell(({ worker }) => worker.cpuMs),
    cell(({ primary }) => primary.wallMs),
    cell(({ primary }) => primary.cpuMs),
    cell(({ slowestMs }) => slowestMs),
    cell(({ workerCpuMs }) => workerCpuMs),
  ];
  return `| ${step} | ${cells.join(" | ")} |`;
}
