import { createServer } from "node:http";
import { connect } from "node:tls";
import { cpuSecondsOf } from "#bench/machine.ts";
import { compareProxies, works } from "#bench/proxies.ts";
import { median, writeReport } from "#bench/report.ts";
import { startSensor } from "#bench/sensor.ts";
import { createTessera } from "#bench/tessera.ts";
import { createAuthority, createClient, createServer as createServerIdentity } from "#e2e/pki/authority.ts";
import { listenLocally } from "#sensor/client-fixture.ts";
import type { SensorProcess } from "#sensor/process-fixture.ts";

/**
 * What the ledger costs: `node scripts/run.mjs bench/ledger.ts [rounds] [handshakes]`, on Linux. Two whole sensors (primary,
 * writer thread, one worker), one with LEDGER_DAYS=30 and one with 0, take turns: first as contenders of each other under
 * the load of the proxies' benchmark, then at refusing strangers, of which each is two events.
 */
const [rounds = 5, handshakes = 2_000] = process.argv.slice(2).map(Number);
const [on, off] = ["with the ledger", "without"];
const hostName = "bench.test";
const atOnce = 8;

const contenders = [createTessera(on, { LEDGER_DAYS: "30" }), createTessera(off, { LEDGER_DAYS: "0" })];
const compared = await compareProxies(
  contenders,
  works.filter(({ unit }) => unit === "request"),
  rounds,
  console.log,
);
console.log(writeReport("ledger", compared, [], off));
await compareRefusals();

async function compareRefusals(): Promise<void> {
  const partners = await createAuthority({ commonName: "Partners" });
  const stranger = await createClient(await createAuthority({ commonName: "Strangers" }));
  const certificate = await createServerIdentity(await createAuthority(), [hostName]);
  const origin = createServer((_request, response) => response.end("hello"));
  const originHttpPort = await listenLocally(origin);
  const start = async (ledgerDays: string) => {
    const sensor = await startSensor({ LEDGER_DAYS: ledgerDays, SENSOR_WORKERS: "1" });
    await sensor.sites.save({ hostName, certificate, downstream: [partners], originHttpPort, isTerminateOnly: true });
    return sensor;
  };
  const sensors = [await start("30"), await start("0")] as const;
  const added: number[] = [];
  const bare: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const order = round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    const costs = [0, 0];
    for (const side of order) costs[side] = await refuseStrangers(sensors[side], stranger);
    if (round >= 0) added.push((costs[0] ?? 0) - (costs[1] ?? 0));
    if (round >= 0) bare.push(costs[1] ?? 0);
  }
  for (const sensor of sensors) await sensor[Symbol.asyncDispose]();
  origin.close();
  const share = ((100 * median(added)) / median(bare)).toFixed(1);
  console.log(
    `A stranger refused costs ${median(bare).toFixed(0)} µs of CPU; the ledger adds ${median(added).toFixed(0)} µs (${share} %),`,
  );
  console.log(`from ${Math.min(...added).toFixed(0)} to ${Math.max(...added).toFixed(0)} in ${rounds} pairs.`);
}

/** CPU in microseconds for each; what the ledger writes after the last of them counts too. */
async function refuseStrangers(sensor: SensorProcess, stranger: { certificate: string; key: string }): Promise<number> {
  const pids = [sensor.child.pid ?? 0, ...sensor.workers()];
  const before = cpuSecondsOf(pids);
  let left = handshakes;
  const lane = async () => {
    while (left-- > 0) await askOnce(sensor.message.ports.SENSOR_HTTPS_PORT, stranger);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  await new Promise((resolve) => setTimeout(resolve, 600));
  return ((cpuSecondsOf(pids) - before) * 1e6) / handshakes;
}

/** Reads the answer's end in the connection's: the sensor closes it when told to. */
function askOnce(port: number, { certificate: cert, key }: { certificate: string; key: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, servername: hostName, cert, key, rejectUnauthorized: false });
    socket.once("error", reject).once("close", () => resolve());
    socket.end(`GET / HTTP/1.1\r\nHost: ${hostName}\r\nConnection: close\r\n\r\n`);
    socket.resume();
  });
}
