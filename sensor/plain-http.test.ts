import { once } from "node:events";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAuthority, createClient, type Identity } from "#e2e/pki/authority.ts";
import { openPlain, type Reply } from "#sensor/client-fixture.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";

let rig: Rig;
let authority: Identity;
let clients: Identity;

beforeAll(async () => {
  rig = await startRig();
  authority = await createAuthority();
  clients = await createAuthority({ commonName: "Client CA" });
  await rig.save({ hostName: "bare.test" });
  await rig.save({ hostName: "both.test", authority });
  await rig.save({ hostName: "moved.test", authority, isHttpRedirected: true, isWildcard: true });
  await rig.save({ hostName: "down.test", authority, downstream: [clients] });
  await rig.save({ hostName: "up.test", authority, upstream: await createClient(clients) });
  await rig.save({ hostName: "down-moved.test", authority, downstream: [clients], isHttpRedirected: true });
});
afterAll(() => rig[Symbol.asyncDispose]());
beforeEach(() => {
  rig.forwarder.passages.length = 0;
});

async function ask(text: string): Promise<Reply> {
  const raw = await openPlain(rig.ports.SENSOR_HTTP_PORT);
  raw.send(text);
  const reply = await raw.reply();
  raw.socket.destroy();
  return reply;
}

const get = (host: string, path = "/") => ask(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);

describe("the HTTP port", () => {
  it.each(["bare.test", "both.test", "BOTH.test.", "both.test:8080"])("forwards a request for %s", async (host) => {
    expect((await get(host)).status).toBe(200);
    expect(rig.forwarder.passages[0]).toMatchObject({ scheme: "http", clientAddress: "127.0.0.1", publicPort: rig.ports.SENSOR_HTTP_PORT });
  });

  it.each([
    ["an upgrade", "GET / HTTP/1.1\r\nHost: unknown.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"],
    ["CONNECT", "CONNECT bare.test:80 HTTP/1.1\r\nHost: bare.test\r\n\r\n"],
  ])("survives %s pipelined behind a request that is still being answered", async (_, second) => {
    const raw = await openPlain(rig.ports.SENSOR_HTTP_PORT);
    const isClosed = once(raw.socket, "close");
    raw.send(`GET / HTTP/1.1\r\nHost: bare.test\r\n\r\n${second}`);
    await isClosed;
    expect((await get("bare.test")).status).toBe(200);
  });

  it.each([
    ["downstream mTLS", "down.test", 403],
    ["upstream mTLS", "up.test", 403],
    ["downstream mTLS and redirect", "down-moved.test", 301],
    ["redirect", "moved.test", 301],
  ])("never forwards a request of a site with %s", async (_, host, status) => {
    const upgrade =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    expect((await get(host)).status).toBe(status);
    expect((await ask(`GET / HTTP/1.1\r\nHost: ${host}\r\n${upgrade}\r\n`)).status).toBe(status);
    expect((await ask(`POST / HTTP/1.1\r\nHost: ${host}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`)).status).toBe(status);
    expect((await ask(`POST / HTTP/1.1\r\nHost: ${host}\r\nExpect: wonders\r\nContent-Length: 5\r\n\r\n`)).status).toBe(status);
    expect((await ask(`CONNECT ${host}:80 HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).status).toBe(status);
    expect(rig.forwarder.passages).toEqual([]);
  });

  it.each([
    ["moved.test", "/", "moved.test", "/"],
    ["moved.test", "/a//b/../c?x=%2F&y", "moved.test", "/a//b/../c?x=%2F&y"],
    ["ONE.Moved.test.:8080", "/p", "one.moved.test", "/p"],
    ["moved.test", "//evil.test/x", "moved.test", "//evil.test/x"],
    ["moved.test", "http://moved.test/abs?q", "moved.test", "/abs?q"],
    ["moved.test", "http://moved.test", "moved.test", "/"],
  ])("redirects %s %s to its own name over HTTPS", async (host, path, name, target) => {
    const { status, headers } = await get(host, path);
    expect([status, headers.location]).toEqual([301, `https://${name}:${rig.ports.SENSOR_HTTPS_PORT}${target}`]);
  });

  it.each([
    ["an unknown name", "GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n", 404],
    ["an address", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 404],
    ["an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 404],
    ["no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 404],
    ["an absolute URI of another site", "GET http://nobody.test/ HTTP/1.1\r\nHost: bare.test\r\n\r\n", 404],
    ["an absolute URI against Host", "GET http://down.test/ HTTP/1.1\r\nHost: bare.test\r\n\r\n", 404],
    ["an absolute URI of HTTPS", "GET https://bare.test/ HTTP/1.1\r\nHost: bare.test\r\n\r\n", 404],
    ["two Hosts", "GET / HTTP/1.1\r\nHost: bare.test\r\nHost: down.test\r\n\r\n", 400],
    ["no HTTP", "hello\r\n\r\n", 400],
    ["a TLS hello", "\x16\x03\x01\x00\x05hello", 400],
    ["too many headers", `GET / HTTP/1.1\r\nHost: bare.test\r\nX: ${"a".repeat(17_000)}\r\n\r\n`, 431],
  ])("answers %s itself", async (_, text, status) => {
    const reply = await ask(text);
    expect(reply.status).toBe(status);
    expect(reply.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(rig.forwarder.passages).toEqual([]);
  });

  it("judges each request of a kept connection by its own name", async () => {
    const raw = await openPlain(rig.ports.SENSOR_HTTP_PORT);
    expect((await raw.get("/", "bare.test")).status).toBe(200);
    expect((await raw.get("/", "both.test")).status).toBe(200);
    expect((await raw.get("/", "down.test")).status).toBe(403);
    await raw.closed;
  });

  it("cuts a client that never ends its head", async () => {
    await using quick = await startRig({ deadlines: { headMs: 60 } });
    const raw = await openPlain(quick.ports.SENSOR_HTTP_PORT);
    raw.send("GET / HTTP/1.1\r\nHost: ba");
    await raw.closed;
  });

  it("leaves the port out of a redirect to 443", async () => {
    await using usual = await startRig({ publicHttpsPort: 443 });
    await usual.save({ hostName: "usual.test", authority, isHttpRedirected: true });
    const raw = await openPlain(usual.ports.SENSOR_HTTP_PORT);
    expect((await raw.get("/x", "usual.test")).headers.location).toBe("https://usual.test/x");
    raw.socket.destroy();
  });
});
