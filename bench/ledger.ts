import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Agent, request } from "node:https";
import { connect } from "node:tls";
import { startSensor } from "#bench/sensor.ts";
import { createAuthority, createClient, createServer as createServerIdentity, type Identity } from "#e2e/pki/authority.ts";
import { listenLocally } from "#sensor/client-fixture.ts";
import type { SensorProcess } from "#sensor/process-fixture.ts";

/**
 * What the ledger costs in CPU per request: `node scripts/run.mjs bench/ledger.ts [pairs] [requests]`, on Linux. Two whole
 * sensors (primary, writer thread, one worker) before the same origin, one with LEDGER_DAYS=30 and one with 0, take turns
 * at the same work; told is the CPU time of all their processes by request, and the median of the pairs' differences.
 */
const [pairs = 8, requests = 3_000] = process.argv.slice(2).map(Number);
const hostName = "bench.test";
const atOnce = 8;

type Work = { name: string; run: (port: number, count: number) => Promise<void> };

const partners = await createAuthority({ commonName: "Partners" });
const partner = await createClient(partners);
const stranger = await createClient(await createAuthority({ commonName: "Strangers" }));
const origin = createServer((_request, response) => response.end("hello"));
const originHttpPort = await listenLocally(origin);
const certificate = await createServerIdentity(await createAuthority(), [hostName]);

const works: Work[] = [
  { name: "admitted requests on kept connections", run: (port, count) => askKept(port, count) },
  { name: "a full mTLS handshake and a request each, admitted", run: (port, count) => each(count, () => askOnce(port, partner)) },
  { name: "a full mTLS handshake and a request each, refused", run: (port, count) => each(count, () => askOnce(port, stranger)) },
];

const sensors = { on: await start("30"), off: await start("0") };
for (const work of works) await compare(work);
for (const sensor of Object.values(sensors)) await sensor[Symbol.asyncDispose]();
origin.closeAllConnections();
origin.close();

async function start(ledgerDays: string): Promise<SensorProcess> {
  const sensor = await startSensor({ LEDGER_DAYS: ledgerDays, SENSOR_WORKERS: "1" });
  await sensor.sites.save({ hostName, certificate, downstream: [partners], originHttpPort, isTerminateOnly: true });
  return sensor;
}

async function compare({ name, run }: Work): Promise<void> {
  const costs: { on: number; off: number }[] = [];
  for (const sensor of Object.values(sensors)) await run(sensor.message.ports.SENSOR_HTTPS_PORT, Math.ceil(requests / 4));
  for (let pair = 0; pair < pairs; pair += 1) {
    const cost = { on: 0, off: 0 };
    for (const side of pair % 2 === 0 ? (["on", "off"] as const) : (["off", "on"] as const)) cost[side] = await measure(sensors[side], run);
    costs.push(cost);
  }
  const added = costs.map(({ on, off }) => on - off);
  const off = median(costs.map((cost) => cost.off));
  console.log(name);
  console.log(`  off ${off.toFixed(0)} µs, on ${median(costs.map((cost) => cost.on)).toFixed(0)} µs of CPU per request`);
  console.log(
    `  added: median ${median(added).toFixed(1)} µs (${((100 * median(added)) / off).toFixed(1)} %), from ${Math.min(...added).toFixed(1)} to ${Math.max(...added).toFixed(1)}`,
  );
}

/** CPU in microseconds per request; what the ledger writes after the last of them counts too. */
async function measure(sensor: SensorProcess, run: Work["run"]): Promise<number> {
  const before = cpuOf(sensor);
  await run(sensor.message.ports.SENSOR_HTTPS_PORT, requests);
  await new Promise((resolve) => setTimeout(resolve, 600));
  return (cpuOf(sensor) - before) / requests;
}

/** User and system time of the primary with its thread, and of the worker; a clock tick is 10 ms on Linux (proc(5)). */
function cpuOf(sensor: SensorProcess): number {
  const pids = [sensor.child.pid ?? 0, ...sensor.workers()];
  return pids.reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) * 10_000;
  }, 0);
}

async function each(count: number, ask: () => Promise<void>): Promise<void> {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await ask();
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

async function askKept(port: number, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const to = { host: "127.0.0.1", port, servername: hostName, headers: { host: hostName }, agent, rejectUnauthorized: false };
  await each(
    count,
    () =>
      new Promise((resolve, reject) => {
        const sent = request({ ...to, cert: partner.certificate, key: partner.key }, (response) => response.resume().once("end", resolve));
        sent.once("error", reject).end();
      }),
  );
  agent.destroy();
}

/** Reads the answer's end in the connection's: the sensor closes it when told to. */
function askOnce(port: number, client: Identity): Promise<void> {
  return new Promise((resolve, reject) => {
    const tls = { cert: client.certificate, key: client.key, rejectUnauthorized: false };
    const socket = connect({ host: "127.0.0.1", port, servername: hostName, ...tls });
    socket.once("error", reject).once("close", () => resolve());
    socket.end(`GET / HTTP/1.1\r\nHost: ${hostName}\r\nConnection: close\r\n\r\n`);
    socket.resume();
  });
}

function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
