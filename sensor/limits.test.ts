import { constants } from "node:http2";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { createAuthority, createServer, type Identity } from "#e2e/pki/authority.ts";
import { fetchTls, openPlain, openTls, type RawClient, recordHello } from "#sensor/client-fixture.ts";
import { openSession } from "#sensor/http2-fixture.ts";
import { type Rig, type RigOptions, startRig } from "#sensor/sensor-fixture.ts";

let authority: Identity;
let rig: Rig;
const clients: RawClient[] = [];

beforeAll(async () => {
  authority = await createAuthority();
});
afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy();
  await rig[Symbol.asyncDispose]();
});

async function start(options: RigOptions): Promise<void> {
  rig = await startRig(options);
  for (const hostName of ["one.test", "two.test"]) {
    await rig.save({ hostName, certificate: await createServer(authority, [hostName]), isHttpRedirected: false, isHttp2Enabled: true });
  }
}

async function plain(): Promise<RawClient> {
  const client = await openPlain(rig.ports.SENSOR_HTTP_PORT);
  clients.push(client);
  return client;
}

async function tls(servername: string): Promise<RawClient> {
  const client = await openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername });
  clients.push(client);
  return client;
}

const get = async (client: RawClient, host = "one.test") => (await client.get("/", host)).status;

/** A counter of `/metrics`, in the sum of all processes. */
async function counter(line: string): Promise<number> {
  const admin = await openPlain(rig.ports.SENSOR_ADMIN_PORT);
  clients.push(admin);
  const { body } = await admin.get("/metrics", "localhost");
  const found = body.split("\n").find((text) => text.startsWith(`${line} `));
  return Number(found?.slice(line.length + 1) ?? 0);
}

const limited = (limit: string) => expect.poll(() => counter(`tessera_limited_total{limit="${limit}"}`), { timeout: 5_000 });

describe("connections", () => {
  it("over the limit in all are closed and counted, and one that ends makes room", async () => {
    await start({ limits: { connections: 2 } });
    const [first, second] = [await plain(), await tls("two.test")];
    expect([await get(first), await get(second, "two.test")]).toEqual([200, 200]);
    await (await plain()).closed;
    await expect(tls("two.test")).rejects.toThrow();
    await limited("connections").toBeGreaterThanOrEqual(2);
    first.socket.destroy();
    await expect
      .poll(() =>
        plain()
          .then(get)
          .catch(() => 0),
      )
      .toBe(200);
    expect(await counter("tessera_connections")).toBe(2);
    await expect.poll(() => counter('tessera_connections_accepted_total{port="https"}'), { timeout: 5_000 }).toBe(1);
  });

  it("of one address over its limit are closed and counted", async () => {
    await start({ limits: { connectionsPerAddress: 1 } });
    const first = await plain();
    expect(await get(first)).toBe(200);
    await (await plain()).closed;
    await limited("connections_per_address").toBe(1);
    expect(await get(first)).toBe(200);
    expect(rig.log.filter(({ limit }) => limit === "connectionsPerAddress").length).toBeLessThanOrEqual(1);
  });

  it("of one site over its limit leave the others theirs, on either port", async () => {
    await start({ limits: { connectionsPerSite: 2 } });
    const crowd = [await tls("one.test"), await plain()];
    for (const client of crowd) expect(await get(client)).toBe(200);
    await expect(tls("one.test")).rejects.toThrow();
    expect(await get(await plain())).toBe(503);
    await limited("connections_per_site").toBe(2);
    expect(await get(await tls("two.test"), "two.test")).toBe(200);
    expect(await get(await plain(), "two.test")).toBe(200);
    for (const { socket } of crowd) socket.destroy();
    await expect.poll(() => fetchTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "one.test" }).then(({ status }) => status)).toBe(200);
  });
});

describe("handshakes", () => {
  it("of one address over its rate are closed and counted; its plain requests are not", async () => {
    await start({ limits: { handshakesPerAddress: 2 } });
    const outcomes: string[] = [];
    for (let round = 0; round < 8; round += 1) {
      outcomes.push(
        await tls("one.test").then(
          () => "in",
          () => "out",
        ),
      );
    }
    expect(outcomes.slice(0, 4)).toEqual(["in", "in", "in", "in"]);
    expect(outcomes).toContain("out");
    await limited("handshakes_per_address").toBeGreaterThan(0);
    expect(await get(await plain())).toBe(200);
  });
});

describe("hellos that are not whole", () => {
  it("may hold so many bytes all together, then the next one's connection ends", async () => {
    await start({ limits: { helloBytes: 8 * 6_144 } });
    // Each from an address of its own: one alone has an eighth.
    let address = 1;
    const started = async () => {
      const client = await openPlain(rig.ports.SENSOR_HTTPS_PORT, `127.0.0.${address++}`);
      clients.push(client);
      client.socket.write(Buffer.from([22, 3, 1, 1, 0, 1, 0, 0, 200]));
      return client;
    };
    const held = [];
    for (let count = 0; count < 8; count += 1) held.push(await started());
    await (await started()).closed;
    await limited("hello_bytes").toBeGreaterThanOrEqual(1);
    for (const { socket } of held) socket.destroy();
    await expect.poll(() => fetchTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "one.test" }).then(({ status }) => status)).toBe(200);
  });

  it("of one address hold an eighth of that, and leave the others the rest", async () => {
    await start({ limits: { helloBytes: 1_048_576 } });
    const hello = await recordHello({ servername: "one.test" });
    const half = async (localAddress: string) => {
      const client = await openPlain(rig.ports.SENSOR_HTTPS_PORT, localAddress);
      clients.push(client);
      client.socket.write(hello.subarray(0, 100));
      return client;
    };
    const attacker = await Promise.all(Array.from({ length: 200 }, () => half("127.0.0.1")));
    await expect.poll(() => attacker.filter(({ isClosed }) => !isClosed()).length).toBe(21);
    await limited("hello_bytes").toBe(179);
    // A hello in two parts must wait for its other half, and has room to.
    const partner = await half("127.0.0.2");
    await expect.poll(() => partner.socket.bytesWritten).toBe(100);
    let answered = 0;
    partner.socket.on("data", (text: string) => (answered ||= text.charCodeAt(0)));
    partner.socket.write(hello.subarray(100));
    await expect.poll(() => answered).toBe(22);
  });
});

describe("a request's head", () => {
  it.each(["http", "https"])("with too many fields gets 431 over %s, and nothing is forwarded", async (port) => {
    await start({ limits: { headers: 10 } });
    const client = port === "http" ? await plain() : await tls("one.test");
    const fields = Array.from({ length: 9 }, (_, at) => [`x-${at}`, "1"]);
    expect((await client.get("/", "one.test", Object.fromEntries(fields))).status).toBe(200);
    rig.forwarder.passages.length = 0;
    const many = Array.from({ length: 3_000 }, (_, at) => [`y${at}`, ""]);
    expect((await client.get("/", "one.test", Object.fromEntries([...fields, ["x-9", "1"]]))).status).toBe(431);
    await client.closed;
    expect(rig.forwarder.passages).toEqual([]);
    await limited("headers").toBe(1);
    const flood = port === "http" ? await plain() : await tls("one.test");
    // Node would drop what is over its own count and pass the rest on.
    expect((await flood.get("/", "one.test", Object.fromEntries(many.slice(0, 1_500)))).status).toBe(431);
    expect(rig.forwarder.passages).toEqual([]);
  });

  it("of too many bytes gets 431 and is counted", async () => {
    await start({ limits: { headerBytes: 2_048 } });
    const client = await tls("one.test");
    expect((await client.get("/", "one.test", { "x-large": "a".repeat(3_000) })).status).toBe(431);
    await limited("header_bytes").toBe(1);
  });
});

describe("requests pipelined on one connection", () => {
  it.each(["http", "https"])("over the limit end it over %s, and no more than the limit is forwarded", async (port) => {
    await start({ limits: { streams: 5 } });
    const ask = "GET /hold HTTP/1.1\r\nHost: one.test\r\n\r\n";
    const polite = port === "http" ? await plain() : await tls("one.test");
    polite.send(ask.repeat(5));
    await expect.poll(() => rig.forwarder.passages.length).toBe(5);
    rig.forwarder.releaseAll();
    for (let count = 0; count < 5; count += 1) expect((await polite.reply()).status).toBe(200);
    rig.forwarder.passages.length = 0;
    const greedy = port === "http" ? await plain() : await tls("one.test");
    greedy.send(ask.repeat(3_000));
    await greedy.closed;
    await limited("streams").toBe(1);
    expect(rig.forwarder.passages.length).toBeLessThanOrEqual(5);
    expect(await get(polite)).toBe(200);
  });
});

describe("cancelled streams", () => {
  it("over their rate end the HTTP/2 connection, are counted, and leave other clients theirs", async () => {
    await start({ limits: { resets: 2 } });
    const session = await openSession({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "one.test" });
    const closed = new Promise((resolve) => session.once("close", resolve));
    while (!session.closed && !session.destroyed) {
      const stream = session.request({ ":path": "/hold" }).on("error", () => {});
      // The head goes out before the cancellation: each of them reaches the sensor.
      await new Promise((resolve) => setImmediate(resolve));
      stream.close(constants.NGHTTP2_CANCEL);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
    await limited("resets").toBe(1);
    expect(await get(await tls("one.test"))).toBe(200);
  });
});

describe("a deadline", () => {
  it("that ends a connection is counted by its name", async () => {
    await start({ deadlines: { helloMs: 50, headMs: 50, idleMs: 50 } });
    const mute = await openPlain(rig.ports.SENSOR_HTTPS_PORT);
    const headless = await plain();
    const idle = await plain();
    expect(await get(idle)).toBe(200);
    await Promise.all([mute.closed, headless.closed, idle.closed]);
    for (const deadline of ["hello", "head"]) {
      await expect.poll(() => counter(`tessera_deadlines_total{deadline="${deadline}"}`), { timeout: 5_000 }).toBe(1);
    }
  });
});
