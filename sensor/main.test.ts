import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { childEnvironment } from "#lib/env.ts";
import { ensureKeyring } from "#lib/store/keyring.ts";
import { migrateDatabases } from "#lib/store/migrate.ts";
import { openConsoleStore } from "#lib/store/store.ts";
import { listenLocally, openPlain } from "#sensor/client-fixture.ts";

let dataDir: string;
let child: ChildProcess | null = null;

beforeEach(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), "sensor-main-"));
  migrateDatabases(dataDir);
  const store = openConsoleStore(dataDir);
  await ensureKeyring(store, path.join(dataDir, "secrets.key"));
  store.close();
});
afterEach(async () => {
  if (child !== null && child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  rmSync(dataDir, { recursive: true });
});

type Message = { type: string; message?: string; ports: Record<string, number> };

/** The process as the launcher starts it; answers the first thing it says. */
async function launch(changes: Record<string, string> = {}): Promise<Message> {
  const ports = { SENSOR_HTTP_PORT: "0", SENSOR_HTTPS_PORT: "0", SENSOR_ADMIN_PORT: "0" };
  const started = fork(path.join(import.meta.dirname, "main.ts"), {
    env: childEnvironment({ DATA_DIR: dataDir, SENSOR_HOST: undefined, ...ports, ...changes }),
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  child = started;
  const [message] = await once(started, "message");
  return message;
}

async function exitCode(): Promise<number | null> {
  if (child === null) return null;
  if (child.exitCode !== null) return child.exitCode;
  const [code] = await once(child, "exit");
  return code;
}

describe("the sensor's process", () => {
  it("says which ports it took, serves, and ends with 0 on SIGTERM", async () => {
    const { type, ports } = await launch();
    expect(type).toBe("ready");
    expect(Object.keys(ports)).toEqual(["SENSOR_HTTP_PORT", "SENSOR_HTTPS_PORT", "SENSOR_ADMIN_PORT"]);
    const admin = await openPlain(ports.SENSOR_ADMIN_PORT ?? 0);
    expect((await admin.get("/readyz", "localhost")).status).toBe(200);
    const http = await openPlain(ports.SENSOR_HTTP_PORT ?? 0);
    expect((await http.get("/", "nobody.test")).status).toBe(404);
    child?.kill("SIGTERM");
    expect(await exitCode()).toBe(0);
  });

  it("ends when the launcher is gone", async () => {
    await launch();
    child?.disconnect();
    expect(await exitCode()).toBe(0);
  });

  it.each(["SENSOR_HTTP_PORT", "SENSOR_HTTPS_PORT", "SENSOR_ADMIN_PORT"])(
    "names %s when that port is taken, and ends with 1",
    async (variable) => {
      const taken = createServer();
      const port = await listenLocally(taken);
      const { type, message } = await launch({ [variable]: String(port), SENSOR_HOST: "127.0.0.1" });
      expect(type).toBe("fatal");
      expect(message).toMatch(new RegExp(`^${variable} is ${port}.*another program listens there`));
      expect(await exitCode()).toBe(1);
      taken.close();
    },
  );

  it("names the variable of an address this machine does not have", async () => {
    const { type, message } = await launch({ SENSOR_HOST: "203.0.113.7" });
    expect([type, message]).toEqual(["fatal", expect.stringContaining("SENSOR_HOST")]);
    expect(await exitCode()).toBe(1);
  });

  it("does not start without its keyring", async () => {
    rmSync(path.join(dataDir, "secrets.key"));
    const { type, message } = await launch();
    expect([type, message]).toEqual(["fatal", expect.stringContaining("secrets.key")]);
    expect(await exitCode()).toBe(1);
  });
});
