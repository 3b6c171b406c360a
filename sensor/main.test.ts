import { rmSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { listenLocally, openPlain } from "#sensor/client-fixture.ts";
import { startSensorProcess } from "#sensor/process-fixture.ts";

describe("the sensor's process", () => {
  it("says which ports it took, serves, and ends with 0 on SIGTERM", async () => {
    await using sensor = await startSensorProcess();
    const { type, ports } = sensor.message;
    expect(type).toBe("ready");
    expect(Object.keys(ports)).toEqual(["SENSOR_HTTP_PORT", "SENSOR_HTTPS_PORT", "SENSOR_ADMIN_PORT"]);
    const admin = await openPlain(ports.SENSOR_ADMIN_PORT);
    expect((await admin.get("/readyz", "localhost")).status).toBe(200);
    const http = await openPlain(ports.SENSOR_HTTP_PORT);
    expect((await http.get("/", "nobody.test")).status).toBe(404);
    sensor.child.kill("SIGTERM");
    expect(await sensor.exited).toBe(0);
  });

  it("ends also while a silent connection to the admin port stays open", async () => {
    await using sensor = await startSensorProcess();
    const admin = await openPlain(sensor.message.ports.SENSOR_ADMIN_PORT);
    const answered = await openPlain(sensor.message.ports.SENSOR_ADMIN_PORT);
    await answered.get("/healthz", "localhost");
    sensor.child.kill("SIGTERM");
    expect(await sensor.exited).toBe(0);
    admin.socket.destroy();
  });

  it("ends when the launcher is gone", async () => {
    await using sensor = await startSensorProcess();
    sensor.child.disconnect();
    expect(await sensor.exited).toBe(0);
  });

  it.each(["SENSOR_HTTP_PORT", "SENSOR_HTTPS_PORT", "SENSOR_ADMIN_PORT"])(
    "names %s when that port is taken, and ends with 1",
    async (variable) => {
      const taken = createServer();
      const port = await listenLocally(taken);
      await using sensor = await startSensorProcess({ [variable]: String(port), SENSOR_HOST: "127.0.0.1" });
      expect(sensor.message.type).toBe("fatal");
      expect(sensor.message.message).toMatch(new RegExp(`^${variable} is ${port}.*another program listens there`));
      expect(await sensor.exited).toBe(1);
      taken.close();
    },
  );

  it("names the variable of an address this machine does not have", async () => {
    await using sensor = await startSensorProcess({ SENSOR_HOST: "203.0.113.7" });
    expect(sensor.message).toMatchObject({ type: "fatal", message: expect.stringContaining("SENSOR_HOST") });
    expect(await sensor.exited).toBe(1);
  });

  it("does not start without its keyring", async () => {
    await using sensor = await startSensorProcess({}, (dataDir) => rmSync(path.join(dataDir, "secrets.key")));
    expect(sensor.message).toMatchObject({ type: "fatal", message: expect.stringContaining("secrets.key") });
    expect(await sensor.exited).toBe(1);
  });
});
