import path from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority, createServer, type Identity } from "#e2e/pki/authority.ts";
import { fetchTls, openPlain } from "#sensor/client-fixture.ts";
import { type SensorProcess, startSensorProcess } from "#sensor/process-fixture.ts";

let sensor: SensorProcess;
let certificate: Identity;
let siteId: string;
const hostName = "kept.test";
const range = () => ({ siteId, from: new Date(Date.now() - 7_200_000), to: new Date(Date.now() + 3_600_000), width: 3_600 as const });

beforeAll(async () => {
  certificate = await createServer(await createAuthority(), [hostName]);
  sensor = await startSensorProcess({ SENSOR_WORKERS: "2" });
  ({ siteId } = await sensor.sites.save({ hostName, certificate, downstream: [await createAuthority()] }));
});
afterAll(() => sensor[Symbol.asyncDispose]());

const ask = () => fetchTls({ port: sensor.message.ports.SENSOR_HTTPS_PORT, servername: hostName });
const events = () => {
  const { store, tenantId } = sensor.sites;
  return store.ledger.events(tenantId, { siteId, limit: 10_000 });
};

async function metrics(): Promise<string> {
  const admin = await openPlain(sensor.message.ports.SENSOR_ADMIN_PORT);
  const { body } = await admin.get("/metrics", "localhost");
  admin.socket.destroy();
  return body;
}

function numberIn(text: string, series: string): number {
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? Number.NaN);
}

describe("the ledger of real workers", () => {
  it("has what every worker saw, and /metrics the sums", async () => {
    await Promise.all(Array.from({ length: 10 }, ask));
    await expect.poll(async () => (await events()).length, { timeout: 5_000 }).toBe(20);
    await expect
      .poll(async () => numberIn(await metrics(), `tessera_handshakes_total{site="${siteId}",verdict="CLIENT_CERT_MISSING"}`), {
        timeout: 5_000,
      })
      .toBe(10);
    const text = await metrics();
    expect(numberIn(text, `tessera_requests_total{site="${siteId}",class="4xx"}`)).toBe(10);
    expect(numberIn(text, "tessera_ledger_rows_total")).toBe(20);
    expect(numberIn(text, "tessera_applied_change_number")).toBe(1);
    expect(numberIn(text, "tessera_apply_duration_seconds_count")).toBe(2);
    expect(numberIn(text, "tessera_handshake_duration_seconds_count")).toBe(10);
    const notAfter = Math.floor(certificate.x509.notAfter.getTime() / 1_000);
    // The notifier's thread reads it, by and by.
    await expect
      .poll(async () => numberIn(await metrics(), `tessera_certificate_expiry_timestamp_seconds{site="${siteId}",use="site"}`), {
        timeout: 10_000,
      })
      .toBe(notAfter);
  });

  it("loses rows to a database that is locked, never a request, and counts them", async () => {
    const before = (await events()).length;
    const holder = new Sqlite(path.join(sensor.dataDir, "sensor.db"));
    holder.exec("BEGIN IMMEDIATE");
    const replies = await Promise.all(Array.from({ length: 10 }, ask));
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 403));
    await expect.poll(async () => numberIn(await metrics(), 'tessera_ledger_drops_total{reason="database"}'), { timeout: 10_000 }).toBe(20);
    holder.exec("COMMIT");
    holder.close();
    await ask();
    await expect.poll(async () => (await events()).length, { timeout: 5_000 }).toBe(before + 2);
    const { losses } = await sensor.sites.store.ledger.plot(sensor.sites.tenantId, range());
    expect(losses).toEqual({ dropped: 20, evicted: 0 });
  });

  it("has at SIGTERM what happened a moment before", async () => {
    const before = (await events()).length;
    await Promise.all(Array.from({ length: 6 }, ask));
    sensor.child.kill("SIGTERM");
    expect(await sensor.exited).toBe(0);
    expect(await events()).toHaveLength(before + 12);
  });
});
