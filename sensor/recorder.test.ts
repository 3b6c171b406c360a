import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect as connectPlain, createServer as createNetServer, type Server as NetServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority, createCertificate, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import type { LedgerVerdict } from "#lib/site/verdict.ts";
import type { LedgerEvent } from "#lib/store/store.ts";
import { type ClientOptions, fetchTls, listenLocally, openPlain, openTls } from "#sensor/client-fixture.ts";
import { ask, openSession } from "#sensor/http2-fixture.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";
import type { SiteSave } from "#sensor/sites-fixture.ts";

const day = 86_400_000;
const past = { notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) };

let rig: Rig;
let root: Identity;
let strangers: Identity;
let authority: Identity;
let guarded: string;
let open: string;

beforeAll(async () => {
  rig = await startRig({ isForwarding: true });
  [root, strangers, authority] = await Promise.all([
    createAuthority({ commonName: "Partners" }),
    createAuthority({ commonName: "Strangers" }),
    createAuthority(),
  ]);
  const plain = { authority, isTerminateOnly: true, isHttp2Enabled: true };
  guarded = (await rig.save({ hostName: "guarded.test", ...plain, downstream: [root] })).siteId;
  open = (await rig.save({ hostName: "open.test", ...plain, originHttpPort: await closedPort() })).siteId;
});
afterAll(() => rig[Symbol.asyncDispose]());

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createNetServer();
  const port = await listenLocally(server);
  server.close();
  return port;
}

/** The one new row of the site, once it is written. */
async function next(siteId: string | null, work: () => Promise<unknown>, kind: LedgerEvent["kind"] = "handshake"): Promise<LedgerEvent> {
  const read = (since?: number) => rig.store.ledger.events(siteId === null ? null : rig.tenantId, { siteId, kind, since, limit: 1 });
  const since = (await read())[0]?.id ?? 0;
  await work();
  let row: LedgerEvent | undefined;
  await expect
    .poll(async () => {
      [row] = await read(since);
      return row;
    })
    .toBeDefined();
  if (row === undefined) throw new Error("no row");
  return row;
}

/** What the ledger has under this request id, once it has it. */
async function byId(requestId: string | undefined): Promise<LedgerEvent | undefined> {
  let rows: LedgerEvent[] = [];
  await expect
    .poll(async () => {
      rows = await rig.store.ledger.request(rig.tenantId, requestId ?? "");
      return rows.length;
    })
    .toBe(1);
  return rows[0];
}

const get = (presented: Partial<ClientOptions> & { host?: string; headers?: Record<string, string> } = {}) =>
  fetchTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "guarded.test", ...presented });

describe("a handshake is kept with its verdict and the certificate's facts", () => {
  const cases: [LedgerVerdict, string, LedgerEvent["caller"], () => Promise<Partial<ClientOptions>>][] = [
    ["CLIENT_CERT_VERIFIED", "accepted", "verified", async () => ({ client: await createClient(root) })],
    ["CLIENT_CERT_UNTRUSTED", "of another CA", "stranger", async () => ({ client: await createClient(strangers), chain: [strangers] })],
    [
      "CLIENT_CERT_SELF_SIGNED",
      "its own issuer",
      "stranger",
      async () => ({ client: await createCertificate({ commonName: "partner-17" }) }),
    ],
    ["CLIENT_CERT_EXPIRED", "expired", "known", async () => ({ client: await createClient(root, past) })],
    [
      "CLIENT_CERT_NOT_YET_VALID",
      "of tomorrow",
      "known",
      async () => ({
        client: await createClient(root, { notBefore: new Date(Date.now() + day), notAfter: new Date(Date.now() + 2 * day) }),
      }),
    ],
    ["CLIENT_CERT_WRONG_PURPOSE", "a server's", "known", async () => ({ client: await createServer(root, ["partner-17"]) })],
    [
      "CLIENT_CERT_WEAK",
      "of a weak key",
      "known",
      async () => ({ client: await createClient(root, { keyType: "RSA-1024" }), ciphers: "DEFAULT@SECLEVEL=0" }),
    ],
    ["CLIENT_CERT_CHAIN_TOO_LONG", "behind too many", "stranger", () => tooLong()],
    ["CLIENT_CERT_INVALID", "signed by another client", "stranger", () => behindClient()],
  ];

  it.each(cases)("%s: %s", async (verdict, _, caller, present) => {
    const presented = await present();
    const row = await next(guarded, () => get(presented));
    const client = presented.client;
    expect(row).toMatchObject({
      verdict,
      caller,
      isRefused: verdict !== "CLIENT_CERT_VERIFIED",
      address: "127.0.0.1",
      serverName: "guarded.test",
      protocol: "TLSv1.3",
      cipher: expect.stringMatching(/^TLS_/),
      fingerprint: client?.fingerprint,
      revision: 1,
      requestId: null,
      certificate: { fingerprint: client?.fingerprint, notAfter: client?.x509.notAfter, notBefore: client?.x509.notBefore },
    });
    expect(row.subject).toContain("partner-17");
    expect(Math.abs(row.at.getTime() - Date.now())).toBeLessThan(10_000);
    const [group] = await rig.store.ledger.groups(rig.tenantId, {
      siteId: guarded,
      kind: "handshake",
      text: client?.fingerprint,
      limit: 1,
    });
    expect(group).toMatchObject({ verdict, count: 1, certificate: { issuer: expect.stringMatching(/^CN=/) } });
  });

  async function tooLong() {
    const first = await createAuthority({ commonName: "Limited", issuer: root, pathLength: 0 });
    const second = await createAuthority({ commonName: "Too much", issuer: first });
    return { client: await createClient(second), chain: [second, first] };
  }

  async function behindClient() {
    const issuer = await createClient(root, { commonName: "no CA" });
    return { client: await createClient(issuer), chain: [issuer] };
  }

  it("and with the issuers that were sent along, which are kept once each", async () => {
    const intermediate = await createAuthority({ commonName: "Issuing", issuer: strangers });
    const client = await createClient(intermediate, { commonName: "behind" });
    for (const version of ["TLSv1.2", "TLSv1.3"] as const)
      await next(guarded, () => get({ client, chain: [intermediate, strangers], version }));
    const [group] = await rig.store.ledger.groups(rig.tenantId, { siteId: guarded, kind: "handshake", text: "behind", limit: 10 });
    expect(group).toMatchObject({ count: 2, verdict: "CLIENT_CERT_UNTRUSTED", chain: [intermediate.fingerprint, strangers.fingerprint] });
    const kept = await rig.store.ledger.certificates(group?.chain ?? []);
    expect(kept.map(({ commonName, isCa }) => [commonName, isCa]).sort()).toEqual([
      ["Issuing", true],
      ["Strangers", true],
    ]);
  });

  it("of a subject without a name", async () => {
    const client = await createClient(root, { commonName: "", names: ["partner.test"] });
    expect(await next(guarded, () => get({ client }))).toMatchObject({
      verdict: "CLIENT_CERT_VERIFIED",
      subject: "",
      certificate: { subject: "", commonName: null, names: "DNS:partner.test" },
    });
  });

  it("without a certificate, and where none is asked for", async () => {
    expect(await next(guarded, () => get())).toMatchObject({
      verdict: "CLIENT_CERT_MISSING",
      isRefused: true,
      caller: "none",
      fingerprint: null,
      certificate: null,
    });
    const row = await next(open, () => get({ servername: "open.test", ALPNProtocols: ["h2", "http/1.1"] }).catch(() => {}));
    expect(row).toMatchObject({ verdict: "CLIENT_CERT_NOT_ASKED", isRefused: false, caller: "none", alpn: "h2" });
  });
});

describe("a handshake that fails is kept with what is known of it", () => {
  const tls = (options: Partial<ClientOptions>) =>
    openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "", ...options }).catch(() => {});

  it("without a server name", async () => {
    expect(await next(null, () => tls({}))).toMatchObject({ verdict: "SERVER_NAME_MISSING", isRefused: true, address: "127.0.0.1" });
  });

  it("with one of no site, written so that nobody's screen is harmed", async () => {
    const row = await next(null, () => tls({ servername: "nobody.test" }));
    expect(row).toMatchObject({ verdict: "SERVER_NAME_UNKNOWN", serverName: "nobody.test", siteId: null });
  });

  it("with bytes that are no hello", async () => {
    const row = await next(
      null,
      async () =>
        void connectPlain(rig.ports.SENSOR_HTTPS_PORT, "127.0.0.1")
          .on("error", () => {})
          .end("GET / HTTP/1.1\r\n\r\n"),
    );
    expect(row).toMatchObject({ verdict: "HELLO_MALFORMED", reason: "the first record is not a TLS handshake" });
  });

  it("with no cipher in common", async () => {
    const row = await next(guarded, () => tls({ servername: "guarded.test", version: "TLSv1.2", ciphers: "AES128-SHA" }));
    expect(row).toMatchObject({ verdict: "HANDSHAKE_FAILED", code: "ERR_SSL_NO_SHARED_CIPHER", siteId: guarded, revision: 1 });
  });
});

describe("every 4xx and 5xx of the sensor's own is found by its X-Request-Id", () => {
  it("403 of a client that was refused", async () => {
    const client = await createClient(root, past);
    const { status, headers } = await get({ client });
    expect(status).toBe(403);
    expect(await byId(headers["x-request-id"])).toMatchObject({
      kind: "request",
      status: 403,
      verdict: "CLIENT_CERT_EXPIRED",
      siteId: guarded,
      fingerprint: client.fingerprint,
      code: "CERT_HAS_EXPIRED",
      serverName: "guarded.test",
    });
  });

  it("403 over HTTP/2", async () => {
    const session = await openSession({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "guarded.test" });
    const { status, headers } = await ask(session);
    session.destroy();
    expect(status).toBe(403);
    expect(await byId(String(headers["x-request-id"]))).toMatchObject({ verdict: "CLIENT_CERT_MISSING", serverName: "guarded.test:443" });
  });

  it.each([
    [421, "HOST_SNI_MISMATCH", { host: "elsewhere.test" }],
    [400, "REQUEST_REFUSED", { headers: { Host: "twice.test" } }],
    [431, "REQUEST_REFUSED", { headers: Object.fromEntries(Array.from({ length: 105 }, (_, at) => [`x-${at}`, "1"])) }],
    [431, "REQUEST_REFUSED", { headers: { "x-long": "x".repeat(20_000) } }],
    [508, "REQUEST_REFUSED", { headers: { "cdn-loop": "tessera-SITE" } }],
    [502, "ORIGIN_UNREACHABLE", {}],
  ] as const)("%i over HTTPS: %s", async (expected, verdict, wanted) => {
    const given: Record<string, string> = "headers" in wanted ? wanted.headers : {};
    const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.replace("SITE", open)]));
    const reply = await get({ servername: "open.test", ...wanted, headers });
    expect(reply.status).toBe(expected);
    expect(await byId(reply.headers["x-request-id"])).toMatchObject({ status: expected, verdict, siteId: open, isRefused: true });
  });

  it.each([
    [404, "nobody.test"],
    [403, "guarded.test"],
  ] as const)("%i over plain HTTP", async (expected, host) => {
    const client = await openPlain(rig.ports.SENSOR_HTTP_PORT);
    const reply = await client.get("/", host);
    expect(reply.status).toBe(expected);
    expect(await byId(reply.headers["x-request-id"])).toMatchObject({
      status: expected,
      verdict: "REQUEST_REFUSED",
      siteId: expected === 404 ? null : guarded,
      serverName: host,
    });
  });

  it("400 for bytes that are no request, with and without TLS", async () => {
    const raws = [
      await openPlain(rig.ports.SENSOR_HTTP_PORT),
      await openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "open.test" }),
    ];
    for (const raw of raws) {
      raw.send("no request at all\r\n\r\n");
      const { status, headers } = await raw.reply();
      expect(status).toBe(400);
      expect(await byId(headers["x-request-id"])).toMatchObject({ status: 400, code: expect.stringMatching(/^HPE_/) });
    }
  });

  it("413, 405 and 417", async () => {
    for (const [text, expected] of [
      ["POST / HTTP/1.1\r\nHost: open.test\r\nContent-Length: 9999999\r\n\r\n", 413],
      ["CONNECT open.test:443 HTTP/1.1\r\nHost: open.test\r\n\r\n", 405],
      ["POST / HTTP/1.1\r\nHost: open.test\r\nContent-Length: 1\r\nExpect: wonders\r\n\r\n", 417],
    ] as const) {
      const raw = await openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "open.test" });
      raw.send(text);
      const { status, headers } = await raw.reply();
      expect(status).toBe(expected);
      expect(await byId(headers["x-request-id"])).toMatchObject({ status: expected, siteId: open });
    }
  });

  it("503 of a site whose revision cannot be served", async () => {
    const { siteId } = await rig.save({ hostName: "broken.test", authority, isTerminateOnly: true });
    await rig.save({ siteId, hostName: "broken.test", authority, downstream: [root], origin: "not an origin" });
    const reply = await get({ servername: "broken.test" });
    expect(reply.status).toBe(503);
    expect(await byId(reply.headers["x-request-id"])).toMatchObject({ verdict: "CREDENTIALS_UNUSABLE", siteId, status: 503 });
  });
});

describe("each verdict on the origin is a row with its status, the site and the request's id", () => {
  const cases: [LedgerVerdict, number, string, (origins: Origins) => Promise<Partial<SiteSave>>][] = [
    ["ORIGIN_TIMEOUT", 504, "says nothing", async ({ plain }) => ({ ...(await plain(() => {})), readTimeoutS: 1 })],
    ["ORIGIN_PROTOCOL_ERROR", 502, "speaks no HTTP", async ({ bare }) => bare("nonsense\r\n\r\n")],
    ["ORIGIN_CERT_UNTRUSTED", 502, "has a certificate of another CA", async ({ secure }) => secure({ issuer: strangers })],
    ["ORIGIN_CERT_EXPIRED", 502, "has a certificate that ran out", async ({ secure }) => secure({ certificate: past })],
    ["ORIGIN_CERT_NAME_MISMATCH", 502, "has a certificate of another name", async ({ secure }) => secure({ name: "another.test" })],
    ["ORIGIN_REFUSED_CLIENT_CERT", 502, "wants a client certificate", async ({ secure }) => secure({ isDemanding: true })],
  ];

  it.each(cases)("%s, %i: an origin that %s", async (verdict, status, _what, arrange) => {
    await using origins = createOrigins();
    const hostName = `${verdict.toLowerCase().replaceAll("_", "-")}.test`;
    const { siteId } = await rig.save({ hostName, authority, originServerName: "origin.test", ...(await arrange(origins)) });
    const reply = await get({ servername: hostName });
    expect(reply.status).toBe(status);
    expect(await byId(reply.headers["x-request-id"])).toMatchObject({
      kind: "origin",
      verdict,
      status,
      siteId,
      originAddress: "127.0.0.1",
    });
  });

  type Origins = ReturnType<typeof createOrigins>;

  function createOrigins() {
    const closers: (() => unknown)[] = [];
    const open = async <S extends NetServer>(server: S): Promise<number> => {
      const sockets = new Set<Socket>();
      server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => {})));
      closers.push(() => {
        for (const socket of sockets) socket.destroy();
        server.close();
      });
      return listenLocally(server);
    };
    return {
      plain: async (serve: RequestListener) => ({ isTerminateOnly: true, originHttpPort: await open(createHttpServer(serve)) }),
      bare: async (text: string) => ({
        isTerminateOnly: true,
        originHttpPort: await open(createNetServer((socket) => socket.once("data", () => socket.end(text)))),
      }),
      async secure({ issuer = authority, name = "origin.test", certificate = {}, isDemanding = false }: Secure) {
        const own = await createServer(issuer, [name], certificate);
        const tls = { cert: own.certificate, key: own.key, requestCert: isDemanding, rejectUnauthorized: isDemanding };
        const server = createHttpsServer(tls, (_request, response) => response.end());
        return { originHttpsPort: await open(server.on("tlsClientError", () => {})), originCaCertificates: authority.certificate };
      },
      async [Symbol.asyncDispose]() {
        for (const close of closers) close();
      },
    };
  }

  type Secure = { issuer?: Identity; name?: string; certificate?: Partial<typeof past>; isDemanding?: boolean };
});

it("408 for a body that stands still is a row of a refused request", async () => {
  const origin = createHttpServer((request) => void request.resume());
  const originHttpPort = await listenLocally(origin);
  const { siteId } = await rig.save({ hostName: "still.test", authority, isTerminateOnly: true, originHttpPort, sendTimeoutS: 1 });
  const client = await openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "still.test" });
  client.send("POST / HTTP/1.1\r\nHost: still.test\r\nContent-Length: 10\r\n\r\nhalf");
  const { status, headers } = await client.reply();
  client.socket.destroy();
  origin.closeAllConnections();
  origin.close();
  expect(status).toBe(408);
  const row = await byId(headers["x-request-id"]);
  expect(row).toMatchObject({ kind: "request", verdict: "REQUEST_REFUSED", status: 408, siteId });
  expect(row?.reason).toContain("The client sent nothing of its body");
});

it("a failing origin is kept with its address, and what the origin answered is not", async () => {
  const origin = createHttpServer((_request, response) => response.writeHead(500).end());
  const port = await listenLocally(origin);
  const { siteId } = await rig.save({ hostName: "failing.test", authority, isTerminateOnly: true, originHttpPort: port });
  expect((await get({ servername: "failing.test" })).status).toBe(500);
  origin.closeAllConnections();
  origin.close();
  const { status, headers } = await get({ servername: "failing.test" });
  expect(status).toBe(502);
  expect(await byId(headers["x-request-id"])).toMatchObject({
    kind: "origin",
    verdict: "ORIGIN_UNREACHABLE",
    originAddress: "127.0.0.1",
    reason: expect.stringContaining("ECONNREFUSED"),
  });
  expect(await rig.store.ledger.events(rig.tenantId, { siteId, kind: "request", limit: 10 })).toEqual([]);
  expect(await rig.store.ledger.events(rig.tenantId, { siteId, kind: "origin", limit: 10 })).toHaveLength(1);
});
