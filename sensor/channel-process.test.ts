import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, lstatSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSilent } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OriginTestInput, originSettingsSchema, originTest } from "#lib/channel/origin-test.ts";
import { socketName } from "#lib/channel/socket-folder.ts";
import { askSensor } from "#lib/console/ask-sensor.ts";
import { newSite } from "#lib/site/schema.ts";
import { codesOf } from "#lib/store/store-fixture.ts";
import { listenLocally } from "#sensor/client-fixture.ts";
import { type SensorProcess, startSensorProcess } from "#sensor/process-fixture.ts";

let sensor: SensorProcess;
const origin = createServer((_request, response) => response.end("hello"));
const silent = createSilent();

beforeAll(async () => {
  sensor = await startSensorProcess({ SENSOR_WORKERS: "1" });
}, 60_000);
afterAll(async () => {
  await sensor[Symbol.asyncDispose]();
  origin.close();
  silent.close();
});

function ask(originHttpPort: number) {
  const settings = originSettingsSchema.parse({ ...newSite, hostName: "asked.test", origin: "127.0.0.1", originHttpPort });
  const input: OriginTestInput = { siteId: null, settings, credentials: { kind: "none" } };
  return askSensor({ kind: ["origin.test", originTest], tenantId: randomUUID(), input, dataDir: sensor.dataDir });
}

const socketFile = () => path.join(sensor.dataDir, socketName);

describe("the sensor's processes", { timeout: 60_000 }, () => {
  it("answer a question in a worker, over a socket that is the owner's alone", async () => {
    expect(lstatSync(socketFile()).mode & 0o777).toBe(0o600);
    const port = await listenLocally(origin);
    expect(await ask(port)).toMatchObject({ ok: true, value: { found: [{ outcome: "answers-in-plain", statusWithout: 200 }] } });
  });

  it.runIf(process.platform === "linux")("say so when the worker dies over a question, and answer the next", async () => {
    const port = await listenLocally(silent);
    const connected = once(silent, "connection");
    const asked = ask(port);
    const [held] = await connected;
    for (const pid of sensor.workers()) process.kill(pid, "SIGKILL");
    expect(codesOf(await asked)).toEqual(["sensor.no-worker"]);
    held.destroy();
    const address = origin.address();
    const plain = typeof address === "object" && address !== null ? address.port : 0;
    await expect.poll(async () => codesOf(await ask(plain)), { timeout: 30_000 }).toEqual([]);
  });

  it("take the socket away at the end, and replace one that a killed sensor left", async () => {
    sensor.child.kill("SIGKILL");
    await sensor.exited;
    expect(existsSync(socketFile())).toBe(true);
    expect(codesOf(await ask(9))).toEqual(["sensor.not-running"]);
    sensor = await sensor.restart();
    expect(await ask(9)).toMatchObject({ ok: true, value: { found: [{ verdict: "ORIGIN_UNREACHABLE" }] } });
    sensor.child.kill("SIGTERM");
    await sensor.exited;
    expect(existsSync(socketFile())).toBe(false);
  });
});
