import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createAuthority, createClient, createServer } from "#e2e/pki/authority.ts";
import { clientKinds, type Door, type LoadClient } from "#sensor/load/load-clients.ts";
import { startLoadOrigin } from "#sensor/load/load-origin.ts";
import { createLoadRecord, type LoadReport } from "#sensor/load/load-record.ts";
import { countSockets, measurable, type ProcessSize, sizeOf } from "#sensor/load/process-size.ts";
import { type SensorProcess, startSensorProcess } from "#sensor/process-fixture.ts";
import type { SiteSave } from "#sensor/sites-fixture.ts";

/** What the sensor's processes hold while nobody is there: the primary, and the worker that is never killed. */
export type Sizes = { primary: ProcessSize; worker: ProcessSize };

export type MixedReport = LoadReport & {
  /** At rest: before any load, after the warm-up, and after the whole load. */
  sizes: { fresh: Sizes; warm: Sizes; end: Sizes };
  saves: number;
  killed: number;
  restarts: number;
  /** What the sensor logged at level `error`, besides the workers that were killed. */
  errors: string[];
};

/** How often what is done, in seconds, beside the clients. */
const saveOtherS = 0.25;
const saveSiteS = 2.5;
const killS = 31;
const restartS = 23;
const giveUpMs = 30_000;

/** A fifth of the time warms up, then everybody leaves and what is held is measured; then the rest, and once more. */
export async function loadEverything(seconds: number): Promise<MixedReport> {
  await using sensor = await startSensorProcess({ SENSOR_WORKERS: "2", NODE_OPTIONS: measurable });
  const origin = await startLoadOrigin();
  const record = createLoadRecord();
  const authority = await createAuthority();
  const clients = await createAuthority({ commonName: "Client CA" });
  const door: Door = {
    httpsPort: sensor.message.ports.SENSOR_HTTPS_PORT,
    httpPort: sensor.message.ports.SENSOR_HTTP_PORT,
    client: await createClient(clients),
    stranger: await createClient(await createAuthority({ commonName: "Another CA" })),
  };
  const certificate = await createServer(authority, ["shop.test"]);
  const site = { ...origin.site, hostName: "shop.test", certificate, downstream: [clients], isHttp2Enabled: true, maxBodySizeMb: 8 };
  const otherCertificate = await createServer(authority, ["other.test"]);
  const other = await sensor.sites.save({ hostName: "other.test", certificate: otherCertificate });
  // A few, over and over: what has been read of a certificate is kept for the next time.
  const more = await Promise.all(Array.from({ length: 4 }, (_, at) => createAuthority({ commonName: `Added CA ${at}` })));
  const { siteId } = await sensor.sites.save(site);
  const [veteran] = sensor.workers();
  let responseHeaders: SiteSave["responseHeaders"] = [];
  const counts = { saves: 0, killed: 0, restarts: 0 };

  try {
    const fresh = await atRest(sensor, veteran, null);
    await phase(seconds / 5);
    const warm = await atRest(sensor, veteran, fresh);
    await phase((seconds * 4) / 5);
    const end = await atRest(sensor, veteran, fresh);
    return { ...record.report(), sizes: { fresh, warm, end }, ...counts, errors: errorsOf(sensor) };
  } finally {
    await origin.close();
  }

  async function phase(lengthS: number): Promise<void> {
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), lengthS * 1_000);
    const pace = (everyS: number, atLeast: number) => Math.min(everyS, lengthS / atLeast) * 1_000;
    await Promise.all([
      ...clientKinds.flatMap(({ count, create, ...kind }) => Array.from({ length: count }, () => stay(create(door), kind, end.signal))),
      repeat(saveOtherS * 1_000, end.signal, saveOther),
      repeat(saveSiteS * 1_000, end.signal, saveSite),
      repeat(pace(killS, 2.5), end.signal, killWorker),
      repeat(pace(restartS, 3.5), end.signal, restartOrigin),
    ]);
    clearTimeout(timer);
  }

  async function stay(client: LoadClient, kind: { name: string; pauseMs: number; needsOrigin: boolean }, end: AbortSignal) {
    const { name, pauseMs, needsOrigin } = kind;
    while (!end.aborted) {
      await record.run(name, { needsOrigin, work: () => withinReason(client.act) });
      await sleep(pauseMs);
    }
    client.leave?.();
  }

  async function saveOther(): Promise<void> {
    await save({ hostName: "other.test", siteId: other.siteId, certificate: otherCertificate, maxBodySizeMb: (counts.saves % 50) + 1 });
  }

  /** In turn: a CA more, which leaves connections as they are; another header, which retires them; a CA less, which cuts in time. */
  async function saveSite(): Promise<void> {
    const downstream = [clients, ...more.slice(counts.saves % more.length)];
    await save({ ...site, siteId, downstream, responseHeaders });
    responseHeaders = [{ name: "x-turn", value: String(counts.saves) }];
    await record.disturb("connections retired", () => save({ ...site, siteId, downstream, responseHeaders }));
    await record.disturb("connections retired", () => save({ ...site, siteId, responseHeaders }));
  }

  async function save(wanted: SiteSave): Promise<void> {
    const work = async () => served(await sensor.sites.save(wanted));
    await record.run("save", { needsOrigin: false, work: () => withinReason(work) });
  }

  async function served({ siteId, revision }: { siteId: string; revision: number }): Promise<void> {
    const { state, servingRevision } = await sensor.sites.judged(siteId, revision);
    counts.saves += 1;
    if (state !== "serving" || servingRevision !== revision) throw new Error(`revision ${revision} is ${state}, ${servingRevision} serves`);
  }

  async function killWorker(): Promise<void> {
    const victim = sensor.workers().find((pid) => pid !== veteran);
    if (victim === undefined) return;
    counts.killed += 1;
    await record.disturb("killed worker", async () => {
      process.kill(victim, "SIGKILL");
      // On a busy machine it takes a while to die, and its connections with it.
      while (existsSync(`/proc/${victim}`)) await sleep(20);
    });
  }

  async function restartOrigin(): Promise<void> {
    counts.restarts += 1;
    await record.disturb("origin away", () => origin.restart(300));
  }
}

/** Nobody is there any more: what is held once the sockets are as few as they were, or after a while. */
async function atRest(sensor: SensorProcess, veteran: number | undefined, fresh: Sizes | null): Promise<Sizes> {
  const [primary, worker] = [sensor.child.pid ?? 0, veteran ?? 0];
  // Kept connections to the origin are closed after some seconds, what cut connections left behind sooner.
  const giveUpAt = performance.now() + 60_000;
  const isQuiet = () => fresh === null || (countSockets(primary) <= fresh.primary.sockets && countSockets(worker) <= fresh.worker.sockets);
  do await sleep(1_000);
  while (!isQuiet() && performance.now() < giveUpAt);
  return { primary: await sizeOf(primary), worker: await sizeOf(worker) };
}

function errorsOf({ log }: SensorProcess): string[] {
  const errors = log.filter(({ level, reason }) => (level === "error" || level === "fatal") && reason !== "It ended with SIGKILL.");
  return errors.map((line) => JSON.stringify(line));
}

async function repeat(everyMs: number, end: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!end.aborted) {
    await sleep(everyMs, undefined, { signal: end }).catch(() => {});
    if (!end.aborted) await work();
  }
}

/** A client that nobody answers says so in the end. */
async function withinReason(act: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const late = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`got nothing within ${giveUpMs / 1_000} s`));
    late.abort();
  }, giveUpMs);
  try {
    await Promise.race([act(late.signal), promise]);
  } finally {
    clearTimeout(timer);
  }
}
