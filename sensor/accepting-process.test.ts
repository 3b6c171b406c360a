import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openPlain, type RawClient } from "#sensor/client-fixture.ts";
import { countSockets } from "#sensor/load/process-size.ts";
import { type SensorProcess, startSensorProcess } from "#sensor/process-fixture.ts";

let sensor: SensorProcess;

beforeAll(async () => {
  sensor = await startSensorProcess({ SENSOR_WORKERS: "3" });
}, 60_000);
afterAll(() => sensor[Symbol.asyncDispose]());

const open = (port: "SENSOR_HTTP_PORT" | "SENSOR_HTTPS_PORT" = "SENSOR_HTTP_PORT") => openPlain(sensor.message.ports[port]);
const openMany = (count: number) => Promise.all(Array.from({ length: count }, () => open()));

/** A number of `/metrics`, in the sum of all processes. */
async function metric(name: string): Promise<number> {
  const admin = await openPlain(sensor.message.ports.SENSOR_ADMIN_PORT);
  const { body } = await admin.get("/metrics", "localhost");
  admin.socket.destroy();
  const line = body.split("\n").find((text) => text.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}

/** Kills, and is over when the primary has seen it. */
async function kill(...workers: number[]): Promise<void> {
  const lost = await metric("tessera_workers_lost_total");
  for (const pid of workers) process.kill(pid, "SIGKILL");
  await expect.poll(() => metric("tessera_workers_lost_total"), { timeout: 10_000 }).toBe(lost + workers.length);
}

const allServe = () => expect.poll(() => metric("tessera_workers"), { timeout: 10_000 }).toBe(3);

// Linux lets a test see the sockets of another process and stop one.
describe.runIf(process.platform === "linux")("workers that accept by themselves", { timeout: 60_000 }, () => {
  it("each hold about their share of connections that stay, also one that came late", async () => {
    const sockets = () => sensor.workers().map(countSockets);
    const own = Math.max(...sockets());
    const clients: RawClient[] = [];
    onTestFinished(() => {
      for (const { socket } of clients) socket.destroy();
    });
    const staying = () => clients.filter(({ isClosed }) => !isClosed()).length;
    const allAreCounted = () =>
      expect.poll(async () => (await metric("tessera_connections")) - staying(), { timeout: 5_000, interval: 10 }).toBe(0);
    /** In waves: what comes all at once is accepted before the word to rest can be there. */
    const come = async (waves: number) => {
      for (let wave = 0; wave < waves; wave += 1) {
        clients.push(...(await openMany(20)));
        await allAreCounted();
      }
    };
    /** A quarter above the mean, a few, and one wave. */
    const most = () => own + 1.25 * (staying() / 3) + 4 + 20;
    await come(15);
    expect(Math.max(...sockets())).toBeLessThanOrEqual(most());
    await kill(sensor.workers()[0] ?? 0);
    await allServe();
    await allAreCounted();
    await come(15);
    expect(Math.max(...sockets())).toBeLessThanOrEqual(most());
  });

  it("count nothing that is gone: thousands who connect and reset at once", async () => {
    await expect.poll(() => metric("tessera_connections"), { timeout: 10_000 }).toBe(0);
    for (let wave = 0; wave < 50; wave += 1) {
      await Promise.all(
        Array.from({ length: 100 }, async (_, at) => {
          const { socket, closed } = await open(at % 2 === 0 ? "SENSOR_HTTP_PORT" : "SENSOR_HTTPS_PORT");
          socket.resetAndDestroy();
          await closed;
        }),
      );
    }
    const client = await open();
    expect((await client.get("/", "nobody.test")).status).toBe(404);
    client.socket.destroy();
    await expect.poll(() => metric("tessera_connections"), { timeout: 10_000 }).toBe(0);
  });

  it("go on to serve new connections while one hangs, though each has more than its share of all", async () => {
    const [hanging = 0] = sensor.workers();
    process.kill(hanging, "SIGSTOP");
    onTestFinished(() => void process.kill(hanging, "SIGCONT"));
    await expect.poll(() => metric("tessera_connections"), { timeout: 5_000 }).toBe(0);
    const clients: RawClient[] = [];
    for (let wave = 1; wave <= 15; wave += 1) {
      clients.push(...(await openMany(10)));
      await expect.poll(() => metric("tessera_connections"), { timeout: 10_000, interval: 10 }).toBe(10 * wave);
    }
    const last = await open();
    clients.push(last);
    expect((await last.get("/", "nobody.test")).status).toBe(404);
    for (const { socket } of clients) socket.destroy();
  });

  it("count nothing of one that dies between accepting and the answer", async () => {
    await expect.poll(() => metric("tessera_connections"), { timeout: 5_000 }).toBe(0);
    const lost = await metric("tessera_workers_lost_total");
    const accepting = sensor.workers();
    const before = accepting.map(countSockets);
    sensor.child.kill("SIGSTOP");
    onTestFinished(() => void sensor.child.kill("SIGCONT"));
    const clients = await openMany(30);
    const accepted = () => accepting.reduce((sum, pid, at) => sum + countSockets(pid) - (before[at] ?? 0), 0);
    await expect.poll(accepted, { timeout: 5_000 }).toBe(30);
    for (const pid of accepting) process.kill(pid, "SIGKILL");
    sensor.child.kill("SIGCONT");
    await Promise.all(clients.map(({ closed }) => closed));
    await expect.poll(() => metric("tessera_workers_lost_total"), { timeout: 10_000 }).toBe(lost + 3);
    await expect.poll(() => metric("tessera_connections"), { timeout: 5_000 }).toBe(0);
  });

  it("let in together as many as the limit says, however many come at once", async () => {
    await using small = await startSensorProcess({ SENSOR_WORKERS: "3", SENSOR_MAX_CONNECTIONS: "50" });
    const clients = await Promise.all(Array.from({ length: 300 }, () => openPlain(small.message.ports.SENSOR_HTTP_PORT)));
    await expect.poll(() => clients.filter(({ isClosed }) => isClosed()).length, { timeout: 5_000 }).toBe(250);
    for (const { socket } of clients) socket.destroy();
  });

  it("serve a connection that was made while none of them was there", async () => {
    await allServe();
    await kill(...sensor.workers());
    const client = await open();
    expect((await client.get("/", "nobody.test")).status).toBe(404);
    client.socket.destroy();
    await allServe();
    await expect.poll(() => metric("tessera_connections"), { timeout: 5_000 }).toBe(0);
  });

  it("leave no connection waiting when the sensor stops", async () => {
    sensor.child.kill("SIGTERM");
    const refused = async () => {
      const client = await open();
      return client.closed;
    };
    await expect.poll(refused, { timeout: 10_000 }).toBe("ECONNREFUSED");
    expect(await sensor.exited).toBe(0);
  });
});
