import { once } from "node:events";
import { createServer as createHttp1Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect as connectPlain, createServer as createNetServer } from "node:net";
import { connect, createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { createLogger } from "#lib/log.ts";
import { listenLocally, openTls, type RawClient } from "#sensor/client-fixture.ts";
import { createDirectory } from "#sensor/directory.ts";
import { createGate } from "#sensor/gate.ts";
import { createRecorder } from "#sensor/recorder.ts";
import { createRefuse } from "#sensor/refuse.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";
import { createTally } from "#sensor/tally.ts";
import { createTurnAway } from "#sensor/turn-away.ts";

let rig: Rig;
let authority: Identity;
let clients: Identity;
let client: Identity;

beforeAll(async () => {
  rig = await startRig();
  authority = await createAuthority();
  clients = await createAuthority({ commonName: "Client CA" });
  client = await createClient(clients);
  await rig.save({ hostName: "guarded.test", authority, downstream: [clients] });
  await rig.save({ hostName: "open.test", authority });
  await rig.save({ hostName: "wild.test", authority, isWildcard: true });
  await rig.save({ hostName: "exact.wild.test", authority, downstream: [clients] });
});
afterAll(() => rig[Symbol.asyncDispose]());
beforeEach(() => {
  rig.forwarder.passages.length = 0;
  rig.log.length = 0;
});

function open(servername: string, identity?: Identity): Promise<RawClient> {
  return openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername, client: identity });
}

async function ask(servername: string, text: string, identity?: Identity): Promise<number> {
  const raw = await open(servername, identity);
  raw.send(text);
  const { status } = await raw.reply();
  raw.socket.destroy();
  return status;
}

const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

describe("a client without a certificate", () => {
  it.each([
    ["a request", "GET / HTTP/1.1\r\nHost: guarded.test\r\n\r\n"],
    ["an upgrade", `GET / HTTP/1.1\r\nHost: guarded.test\r\n${upgrade}\r\n`],
    ["an expectation of 100", "POST / HTTP/1.1\r\nHost: guarded.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"],
    ["an unknown expectation", "POST / HTTP/1.1\r\nHost: guarded.test\r\nContent-Length: 5\r\nExpect: wonders\r\n\r\n"],
    ["a CONNECT", "CONNECT guarded.test:443 HTTP/1.1\r\nHost: guarded.test:443\r\n\r\n"],
    ["a request for another site", "GET / HTTP/1.1\r\nHost: open.test\r\n\r\n"],
    ["an absolute URI of another site", "GET https://open.test/ HTTP/1.1\r\nHost: open.test\r\n\r\n"],
  ])("gets 403 for %s and nothing is forwarded", async (_, text) => {
    const raw = await open("guarded.test");
    raw.send(text);
    const reply = await raw.reply();
    expect(reply.status).toBe(403);
    expect(reply.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(reply.body).not.toMatch(/certificate|CLIENT_CERT|guarded/i);
    expect(await raw.closed).toBeNull();
    expect(rig.forwarder.passages).toEqual([]);
    expect(rig.log).toContainEqual(expect.objectContaining({ verdict: "CLIENT_CERT_MISSING", requestId: reply.headers["x-request-id"] }));
  });

  it("gets one answer to a pipeline of requests", async () => {
    const raw = await open("guarded.test");
    raw.send("GET / HTTP/1.1\r\nHost: guarded.test\r\n\r\n".repeat(20));
    expect((await raw.reply()).status).toBe(403);
    await raw.closed;
    await expect(raw.reply()).rejects.toThrow("closed without an answer");
    expect(rig.log.filter(({ msg }) => msg === "request refused")).toHaveLength(1);
  });

  it("is refused before its body is read", async () => {
    const raw = await open("guarded.test");
    raw.send("POST / HTTP/1.1\r\nHost: guarded.test\r\nContent-Length: 1000000000\r\n\r\n");
    expect((await raw.reply()).status).toBe(403);
    await raw.closed;
  });

  it("may send 16 KiB of headers and no more", async () => {
    const raw = await open("guarded.test");
    raw.send(`GET / HTTP/1.1\r\nHost: guarded.test\r\nX-Large: ${"a".repeat(17_000)}\r\n\r\n`);
    expect((await raw.reply()).status).toBe(431);
    await raw.closed;
  });
});

describe("a client with a certificate", () => {
  it("is let through, and its connection serves again and again", async () => {
    const raw = await open("guarded.test", client);
    for (let round = 0; round < 3; round += 1) expect((await raw.get("/", "guarded.test")).status).toBe(200);
    expect(rig.forwarder.passages).toHaveLength(3);
    expect(rig.forwarder.passages[0]).toMatchObject({
      scheme: "https",
      clientAddress: "127.0.0.1",
      publicPort: rig.ports.SENSOR_HTTPS_PORT,
      revision: 1,
    });
    raw.socket.destroy();
  });

  it("is let through with an upgrade, the stream staying open both ways", async () => {
    const raw = await open("guarded.test", client);
    raw.send(`GET / HTTP/1.1\r\nHost: guarded.test\r\n${upgrade}\r\n`);
    expect((await raw.reply()).status).toBe(101);
    raw.send("HTTP/1.1 299 Echo\r\n\r\n");
    expect((await raw.reply()).status).toBe(299);
    raw.socket.destroy();
  });

  it("has its body invited only when it expects that", async () => {
    const raw = await open("guarded.test", client);
    raw.send("POST / HTTP/1.1\r\nHost: guarded.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    expect((await raw.reply()).status).toBe(100);
    raw.send("hello");
    expect((await raw.reply()).status).toBe(200);
    raw.socket.destroy();
  });

  it("is not invited to send a body above the limit", async () => {
    const raw = await open("guarded.test", client);
    raw.send("POST / HTTP/1.1\r\nHost: guarded.test\r\nContent-Length: 9000000000\r\nExpect: 100-continue\r\n\r\nhello");
    raw.socket.end();
    await raw.closed;
    await expect(raw.reply()).rejects.toThrow("closed without an answer");
  });

  it("gets 417 for an expectation nobody knows and 405 for CONNECT", async () => {
    expect(await ask("guarded.test", "GET / HTTP/1.1\r\nHost: guarded.test\r\nExpect: wonders\r\n\r\n", client)).toBe(417);
    expect(await ask("guarded.test", "CONNECT guarded.test:443 HTTP/1.1\r\nHost: guarded.test\r\n\r\n", client)).toBe(405);
    expect(rig.forwarder.passages).toEqual([]);
  });

  it("is asked to upgrade to nothing but WebSocket: another offer is an ordinary request", async () => {
    expect(await ask("guarded.test", "GET / HTTP/1.1\r\nHost: guarded.test\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", client)).toBe(
      200,
    );
  });
});

describe("the name a request is for", () => {
  it.each([
    ["the site's own name", "GET / HTTP/1.1\r\nHost: open.test\r\n\r\n", 200],
    ["the name with a port", "GET / HTTP/1.1\r\nHost: open.test:8443\r\n\r\n", 200],
    ["upper case", "GET / HTTP/1.1\r\nHost: OPEN.Test\r\n\r\n", 200],
    ["a trailing dot", "GET / HTTP/1.1\r\nHost: open.test.\r\n\r\n", 200],
    ["an absolute URI of the site", "GET https://open.test:8443/x HTTP/1.1\r\nHost: open.test\r\n\r\n", 200],
    ["a site with mTLS", "GET / HTTP/1.1\r\nHost: guarded.test\r\n\r\n", 421],
    ["a site with mTLS in upper case", "GET / HTTP/1.1\r\nHost: GUARDED.test.\r\n\r\n", 421],
    ["an unknown site", "GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n", 421],
    ["an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 421],
    ["an address", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 421],
    ["user information", "GET / HTTP/1.1\r\nHost: open.test@guarded.test\r\n\r\n", 421],
    ["a list of names", "GET / HTTP/1.1\r\nHost: open.test, guarded.test\r\n\r\n", 421],
    ["an absolute URI of a site with mTLS", "GET https://guarded.test/ HTTP/1.1\r\nHost: open.test\r\n\r\n", 421],
    ["an absolute URI of another scheme", "GET http://open.test/ HTTP/1.1\r\nHost: open.test\r\n\r\n", 421],
    ["an absolute URI with user information", "GET https://open.test@guarded.test/ HTTP/1.1\r\nHost: open.test\r\n\r\n", 421],
    [
      "an absolute URI that hides a name behind a backslash",
      "GET https://guarded.test\\@open.test/ HTTP/1.1\r\nHost: open.test\r\n\r\n",
      400,
    ],
    ["a Host against the absolute URI", "GET https://open.test/ HTTP/1.1\r\nHost: guarded.test\r\n\r\n", 421],
    ["an upgrade to a site with mTLS", `GET / HTTP/1.1\r\nHost: guarded.test\r\n${upgrade}\r\n`, 421],
    ["a HTTP/1.0 request without Host", "GET / HTTP/1.0\r\n\r\n", 421],
    ["a HTTP/1.1 request without Host", "GET / HTTP/1.1\r\n\r\n", 400],
    ["two Hosts", "GET / HTTP/1.1\r\nHost: open.test\r\nHost: guarded.test\r\n\r\n", 400],
    ["two equal Hosts", "GET / HTTP/1.1\r\nHost: open.test\r\nhost: open.test\r\n\r\n", 400],
  ])("%s", async (_, text, status) => {
    expect(await ask("open.test", text)).toBe(status);
    expect(rig.forwarder.passages).toHaveLength(status === 200 ? 1 : 0);
    if (status === 421) expect(rig.log).toContainEqual(expect.objectContaining({ verdict: "HOST_SNI_MISMATCH", status: 421 }));
  });

  it("a wildcard's connection serves its other names and not the exact site beside it", async () => {
    const host = (name: string) => `GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`;
    expect(await ask("one.wild.test", host("two.wild.test"))).toBe(200);
    expect(await ask("one.wild.test", host("wild.test"))).toBe(200);
    expect(await ask("one.wild.test", host("exact.wild.test"))).toBe(421);
    expect(await ask("one.wild.test", host("a.b.wild.test"))).toBe(421);
    expect(await ask("exact.wild.test", host("exact.wild.test"))).toBe(403);
    expect(await ask("EXACT.wild.test", host("exact.wild.test"))).toBe(403);
  });
});

describe("the clock", () => {
  it("ends an open connection's right on the very request after the certificate ran out", async () => {
    let now = Date.now();
    await using late = await startRig({ now: () => now });
    await late.save({ hostName: "clock.test", authority, downstream: [clients] });
    const raw = await openTls({ port: late.ports.SENSOR_HTTPS_PORT, servername: "clock.test", client });
    expect((await raw.get("/", "clock.test")).status).toBe(200);
    now = new Date(client.x509.notAfter).getTime() + 1;
    expect((await raw.get("/", "clock.test")).status).toBe(403);
    expect(late.log).toContainEqual(expect.objectContaining({ verdict: "CLIENT_CERT_EXPIRED" }));
    await raw.closed;
  });
});

describe("a server whose handshakes nobody judged", () => {
  it("hands out the request although its socket was destroyed in secureConnection: why every handler asks", async () => {
    const { certificate, key } = await createServer(authority, ["naive.test"]);
    const server = createHttpsServer({ cert: certificate, key });
    server.on("secureConnection", (socket) => socket.destroy());
    const handed = once(server, "request");
    const slow = await gatherSegments(await listenLocally(server));
    const socket = connect({ host: "127.0.0.1", port: slow.port, servername: "naive.test", rejectUnauthorized: false });
    socket.on("error", () => {});
    socket.write("GET /stolen HTTP/1.1\r\nHost: naive.test\r\n\r\n");
    const [request] = await handed;
    expect(request.url).toBe("/stolen");
    slow.close();
    server.close();
  });

  it.each([
    ["a request", "GET / HTTP/1.1\r\nHost: x.test\r\n\r\n"],
    ["an upgrade", `GET / HTTP/1.1\r\nHost: x.test\r\n${upgrade}\r\n`],
    ["an expectation of 100", "POST / HTTP/1.1\r\nHost: x.test\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"],
    ["an unknown expectation", "POST / HTTP/1.1\r\nHost: x.test\r\nContent-Length: 1\r\nExpect: wonders\r\n\r\n"],
    ["a CONNECT", "CONNECT x.test:443 HTTP/1.1\r\nHost: x.test\r\n\r\n"],
  ])("gets nothing through the gate: %s", async (_, text) => {
    const { certificate, key } = await createServer(authority, ["x.test"]);
    const server = createTlsServer({ cert: certificate, key }, (socket) => http1.emit("connection", socket));
    let handedOver = 0;
    const handOver = () => {
      handedOver += 1;
    };
    const recorder = createRecorder({ ledger: null, tally: createTally(), now: Date.now });
    const refuse = createRefuse({ recorder });
    const about = { recorder, refuse, log: createLogger("test", () => {}), onLimit: () => {} };
    const gate = createGate({
      directory: createDirectory(),
      handOver,
      ...about,
      turnAway: createTurnAway(about),
      now: Date.now,
    });
    const http1 = createHttp1Server();
    gate.guard(http1);
    const raw = await openTls({ port: await listenLocally(server), servername: "x.test" });
    raw.send(text);
    await expect(raw.reply()).rejects.toThrow("closed without an answer");
    expect(handedOver).toBe(0);
    server.close();
  });
});

/** Brings the client's last handshake message and its first request to the server in one segment. */
async function gatherSegments(port: number): Promise<{ port: number; close: () => void }> {
  const proxy = createNetServer((client) => {
    const server = connectPlain(port, "127.0.0.1");
    let gathered: Buffer[] = [];
    let timer = setTimeout(() => {}, 0);
    client.on("data", (bytes) => {
      gathered.push(bytes);
      clearTimeout(timer);
      timer = setTimeout(() => {
        server.write(Buffer.concat(gathered));
        gathered = [];
      }, 30);
    });
    server.pipe(client);
    for (const socket of [client, server]) socket.on("error", () => {});
  });
  return { port: await listenLocally(proxy), close: () => proxy.close() };
}
