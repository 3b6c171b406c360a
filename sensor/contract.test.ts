import { createServer as createNetServer } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Origin, startOrigin } from "#e2e/origin.ts";
import { createAuthority, createClient, type Identity } from "#e2e/pki/authority.ts";
import { listenLocally, openPlain, openTls, type RawClient, type Reply } from "#sensor/client-fixture.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";
import type { SiteOptions } from "#sensor/sites-fixture.ts";

let rig: Rig;
let origin: Origin;
let tlsOrigin: Origin;
let authority: Identity;
let clients: Identity;
let client: Identity;
let openId: string;
const silent = createNetServer((socket) => socket.on("error", () => {}));

beforeAll(async () => {
  rig = await startRig({ isForwarding: true });
  origin = await startOrigin({ isPlain: true });
  tlsOrigin = await startOrigin();
  authority = await createAuthority();
  clients = await createAuthority({ commonName: "Client CA" });
  client = await createClient(clients);
  const silentPort = await listenLocally(silent);
  openId = (await save("open.test", {})).siteId;
  await save("guarded.test", { downstream: [clients] });
  await save("moved.test", { downstream: [clients], isHttpRedirected: true });
  await save("shown.test", { upstream: client, isTerminateOnly: false, originHttpsPort: tlsOrigin.port });
  await save("untrusting.test", { isTerminateOnly: false, originHttpsPort: tlsOrigin.port, originServerName: "origin.test" });
  await save("gone.test", { originHttpPort: 9 });
  await save("silent.test", { originHttpPort: silentPort, readTimeoutS: 1 });
  await save("unusable.test", { downstream: [clients], downstreamMtlsCredentials: "not a certificate" });
  await save("unusable-up.test", { upstream: { ...client, keys: clients.keys }, isTerminateOnly: false, originHttpsPort: tlsOrigin.port });
  await rig.save({
    hostName: "keyless.test",
    certificate: { ...client, keys: clients.keys },
    isTerminateOnly: true,
    originHttpPort: origin.port,
  });
  await rig.save({ hostName: "bare.test", originHttpPort: origin.port });
});
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await origin.close();
  await tlsOrigin.close();
  silent.close();
});
beforeEach(() => {
  origin.arrivals.length = 0;
  tlsOrigin.arrivals.length = 0;
});

/** A site in front of the counting origin. */
function save(hostName: string, options: SiteOptions) {
  return rig.save({ hostName, authority, isTerminateOnly: true, originHttpPort: origin.port, ...options });
}

const arrivals = () => origin.arrivals.length + tlsOrigin.arrivals.length;
const open = (servername: string, identity?: Identity) => openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername, client: identity });

async function askBy(raw: RawClient, text: string): Promise<Reply> {
  raw.send(text);
  const reply = await raw.reply();
  raw.socket.destroy();
  return reply;
}

const get = (host: string, headers = "") => `GET / HTTP/1.1\r\nHost: ${host}\r\n${headers}\r\n`;

describe("the handshake ends with an alert", () => {
  it.each([
    ["no name", "", "ERR_SSL_TLSV1_UNRECOGNIZED_NAME"],
    ["a name of no site", "nobody.test", "ERR_SSL_TLSV1_UNRECOGNIZED_NAME"],
    ["the name of a site with TLS off", "bare.test", "ERR_SSL_TLSV1_UNRECOGNIZED_NAME"],
    ["the name of a site whose key cannot be used", "keyless.test", "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR"],
  ])("for %s, and shows no certificate", async (_, servername, code) => {
    const failure = await open(servername).catch((error: NodeJS.ErrnoException) => error.code);
    expect(failure).toBe(code);
    expect(arrivals()).toBe(0);
  });
});

describe("over HTTPS the origin hears nothing of", () => {
  it.each<[string, string, boolean, string, number]>([
    ["a client without a certificate", "guarded.test", false, get("guarded.test"), 403],
    ["a name that is not the handshake's", "guarded.test", true, get("open.test"), 421],
    ["an absolute URI of another site", "guarded.test", true, "GET https://open.test/ HTTP/1.1\r\nHost: guarded.test\r\n\r\n", 421],
    ["CONNECT", "guarded.test", true, "CONNECT guarded.test:443 HTTP/1.1\r\nHost: guarded.test\r\n\r\n", 405],
    ["an unknown expectation", "guarded.test", true, get("guarded.test", "Expect: wonders\r\n"), 417],
    [
      "a body whose announced length is over the limit",
      "open.test",
      false,
      `POST / HTTP/1.1\r\nHost: open.test\r\nContent-Length: 1048577\r\n\r\n`,
      413,
    ],
    ["a head of more than 16 KiB", "open.test", false, get("open.test", `X: ${"a".repeat(17_000)}\r\n`), 431],
    ["a head of more than a hundred fields", "open.test", false, get("open.test", "X: 1\r\n".repeat(100)), 431],
    ["a request that came back", "open.test", false, get("open.test", "CDN-Loop: LOOP\r\n"), 508],
    ["an origin whose certificate nobody vouches for", "untrusting.test", false, get("untrusting.test"), 502],
    ["a site whose CAs cannot be read", "unusable.test", true, get("unusable.test"), 503],
    ["a site whose key for the origin does not fit", "unusable-up.test", false, get("unusable-up.test"), 503],
  ])("%s", async (_, servername, isKnown, text, status) => {
    const raw = await open(servername, isKnown ? client : undefined);
    const reply = await askBy(raw, text.replace("LOOP", `tessera-${openId}`));
    expect(reply.status).toBe(status);
    expect(reply.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(reply.body.replace(reply.headers["x-request-id"] ?? "", "")).not.toMatch(/certificate|CLIENT_CERT|\.test|127\.0\.0\.1|CA\b/i);
    expect(arrivals()).toBe(0);
    expect((await askBy(await open("open.test"), get("open.test"))).status).toBe(200);
  });

  it("the body of a client without a certificate, which is not read and whose connection ends", async () => {
    const raw = await open("guarded.test");
    raw.send(`POST / HTTP/1.1\r\nHost: guarded.test\r\nContent-Length: 1000000\r\n\r\n${"x".repeat(100)}`);
    expect((await raw.reply()).status).toBe(403);
    await raw.closed;
    expect(arrivals()).toBe(0);
  });
});

describe("over plain HTTP", () => {
  it.each([
    ["a site with Downstream mTLS", "guarded.test", 403],
    ["a site with Upstream mTLS", "shown.test", 403],
    ["a site with Downstream mTLS and the redirect", "moved.test", 301],
    ["an unknown site", "nobody.test", 404],
    ["a site whose key cannot be used", "keyless.test", 503],
    ["a site whose CAs cannot be read", "unusable.test", 503],
  ])("the origin hears nothing of a request for %s", async (_, host, status) => {
    for (const headers of ["", "X-Forwarded-Proto: https\r\n", "Connection: Upgrade\r\nUpgrade: websocket\r\n"]) {
      const reply = await askBy(await openPlain(rig.ports.SENSOR_HTTP_PORT), get(host, headers));
      expect(reply.status).toBe(status);
    }
    expect(arrivals()).toBe(0);
  });
});

describe("a body over the limit that is counted as it arrives", () => {
  it("is 413, and the origin gets a broken request, never a whole one", async () => {
    const raw = await open("open.test");
    raw.send("POST / HTTP/1.1\r\nHost: open.test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    await expect.poll(() => origin.arrivals.length).toBe(1);
    const part = "x".repeat(65_536);
    for (let sent = 0; sent < 17; sent += 1) raw.send(`10000\r\n${part}\r\n`);
    expect((await raw.reply()).status).toBe(413);
    raw.socket.destroy();
    expect((await askBy(await open("open.test"), get("open.test"))).status).toBe(200);
    expect(origin.arrivals.map(({ method, isWhole }) => [method, isWhole])).toEqual([
      ["POST", false],
      ["GET", true],
    ]);
  });
});

describe("an origin that fails", () => {
  it.each([
    ["refuses the connection", "gone.test", 502, "ORIGIN_UNREACHABLE"],
    ["says nothing for the read time-out", "silent.test", 504, "ORIGIN_TIMEOUT"],
    ["shows a certificate nobody vouches for", "untrusting.test", 502, "ORIGIN_CERT_UNTRUSTED"],
  ])("because it %s is answered for, and the log has the reason under the request's id", async (_, host, status, verdict) => {
    for (const [accept, type] of [
      ["application/json", "application/problem+json"],
      ["text/html", "text/html; charset=utf-8"],
    ]) {
      const reply = await askBy(await open(host), get(host, `Accept: ${accept}\r\n`));
      const requestId = reply.headers["x-request-id"];
      expect([reply.status, reply.headers["content-type"]]).toEqual([status, type]);
      expect(reply.body).toContain(requestId);
      expect(reply.body.replace(reply.headers["x-request-id"] ?? "", "")).not.toMatch(/127\.0\.0\.1|ECONN|certificate|ORIGIN_/i);
      expect(rig.log).toContainEqual(expect.objectContaining({ requestId, verdict, reason: expect.any(String) }));
    }
  });
});

describe("what reaches the origin", () => {
  it.each(["/", "/a//b/../c?x=%2F&&y", "/?", "/%2e%2e/;x=%zz"])(
    "has the target %j byte for byte, an absolute URI without its authority",
    async (target) => {
      for (const sent of [target, `https://GUARDED.test:443${target}`])
        await askBy(await open("guarded.test", client), get("guarded.test").replace("/", sent));
      expect(origin.arrivals.map(({ url }) => url)).toEqual([target, target]);
    },
  );

  it("has Host in its normal form and the sensor's own word on everything else", async () => {
    const forged =
      "X-Forwarded-For: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\nX-Request-Id: mine\r\nX-Real-IP: 6.6.6.6\r\nClient-Cert: CN=admin\r\n";
    const reply = await askBy(await open("guarded.test", client), get("GUARDED.Test.:8443", forged));
    const { headers } = origin.arrivals[0] ?? {};
    expect(headers).toMatchObject({
      host: "guarded.test",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "guarded.test",
      "x-forwarded-port": String(rig.ports.SENSOR_HTTPS_PORT),
      "x-real-ip": "127.0.0.1",
      "x-request-id": reply.headers["x-request-id"],
      "cdn-loop": expect.stringMatching(/^tessera-/),
    });
    expect(Object.keys(headers ?? {})).not.toContain("forwarded");
    expect(Object.keys(headers ?? {})).not.toContain("client-cert");
  });

  it("names the client a trusted proxy names, and the answer has the site's own headers", async () => {
    const trust = { isRealIpSet: true, realIpHeader: "X-Forwarded-For", trustedSources: "127.0.0.0/8" };
    await save("proxied.test", { ...trust, responseHeaders: [{ name: "X-Frame-Options", value: "DENY" }] });
    const reply = await askBy(await open("proxied.test"), get("proxied.test", "X-Forwarded-For: 9.9.9.9, 1.2.3.4\r\n"));
    expect(origin.arrivals[0]?.headers).toMatchObject({ "x-forwarded-for": "9.9.9.9, 1.2.3.4", "x-real-ip": "1.2.3.4" });
    expect(reply.headers["x-frame-options"]).toBe("DENY");
  });
});
