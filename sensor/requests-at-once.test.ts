import { createServer as createOrigin, type IncomingMessage, type ServerResponse } from "node:http";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { explainVerdict } from "#lib/site/explain-verdict.ts";
import { listenLocally, openPlain, openTls, type RawClient } from "#sensor/client-fixture.ts";
import { flags, frame, head, openFrames, preface, type RawHttp2, request, settings, types, uint32 } from "#sensor/frame-fixture.ts";
import { openSession } from "#sensor/http2-fixture.ts";
import { type Rig, type RigOptions, startRig } from "#sensor/sensor-fixture.ts";

let authority: Identity;
let rig: Rig;
let siteIds: Record<string, string>;
const closers: (() => void)[] = [];
let arrivals: { request: IncomingMessage; response: ServerResponse }[] = [];

beforeAll(async () => {
  authority = await createAuthority();
});
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await rig[Symbol.asyncDispose]();
});

/** `/small` is answered, `/half` in part, `/endless` without end, all else never. Each test has its own: requests may be late. */
async function startOrigin(): Promise<number> {
  const own: typeof arrivals = [];
  arrivals = own;
  const origin = createOrigin((request, response) => {
    request.on("error", () => {});
    if (request.url === "/small") return void response.end("small");
    own.push({ request, response });
    if (request.url === "/half") response.write("half");
    if (request.url !== "/endless") return;
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on("drain", more).on("error", () => {});
    more();
  });
  closers.push(() => {
    origin.closeAllConnections();
    origin.close();
  });
  return listenLocally(origin);
}

async function start(limits: RigOptions["limits"]): Promise<void> {
  rig = await startRig({ isForwarding: true, limits });
  siteIds = {};
  const originHttpPort = await startOrigin();
  for (const hostName of ["one.test", "two.test"]) {
    const certificate = await createServer(authority, [hostName]);
    const rest = { isHttpRedirected: false, isHttp2Enabled: true, isTerminateOnly: true };
    const { siteId } = await rig.save({ hostName, certificate, originHttpPort, ...rest });
    siteIds[hostName] = siteId;
  }
}

const elsewhere = "127.0.0.2";

function keep<T>(opened: T, close: (opened: T) => void): T {
  closers.push(() => close(opened));
  return opened;
}

async function tls(servername = "one.test", localAddress?: string): Promise<RawClient> {
  const client = await openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername, ...(localAddress && { localAddress }) });
  return keep(client, ({ socket }) => void socket.destroy());
}

async function plain(localAddress?: string): Promise<RawClient> {
  return keep(await openPlain(rig.ports.SENSOR_HTTP_PORT, localAddress), ({ socket }) => void socket.destroy());
}

/** A client that opens so many streams and never a window. */
async function hoard(streams: number, servername = "one.test"): Promise<RawHttp2> {
  const opening = [preface, settings([4, 0])];
  const raw = await openFrames({ port: rig.ports.SENSOR_HTTPS_PORT, servername, opening });
  raw.send(...Array.from({ length: streams }, (_, at) => request(2 * at + 1, head(servername, { ":path": "/endless" }))));
  return keep(raw, (opened) => opened.destroy());
}

/** Streams that were refused, by what their ends are called. */
async function refusedOf(raw: RawHttp2, streams: number): Promise<number> {
  await expect.poll(() => refusals(raw), { timeout: 15_000 }).toBe(streams);
  return refusals(raw);
}

function refusals({ frames }: RawHttp2): number {
  return frames.filter(({ type, payload }) => type === types.rstStream && payload.readUInt32BE(0) === 7).length;
}

async function metric(line: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${rig.ports.SENSOR_ADMIN_PORT}/metrics`);
  const found = (await answer.text()).split("\n").find((text) => text.startsWith(`${line} `));
  return Number(found?.slice(line.length + 1) ?? 0);
}

const underWay = (count: number) => expect.poll(() => metric("tessera_requests_in_progress"), { timeout: 15_000 }).toBe(count);

/** What counted is over when the address may have as many as its limit again, and each is let in. */
async function allFit(limit: number): Promise<void> {
  for (let round = 0, refused = limit; refused > 0; round += 1) {
    const raw = await openFrames({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "one.test" });
    const path = `/hold?${round}`;
    raw.send(...Array.from({ length: limit }, (_, at) => request(2 * at + 1, head("one.test", { ":path": path }))));
    const arrived = () => arrivals.filter(({ request }) => request.url === path).length;
    await expect.poll(() => arrived() + refusals(raw), { timeout: 15_000 }).toBe(limit);
    refused = refusals(raw);
    raw.destroy();
    expect(round).toBeLessThan(100);
  }
}

const limited = (limit: string) => expect.poll(() => metric(`tessera_limited_total{limit="${limit}"}`), { timeout: 15_000 });
const statusOf = async (client: RawClient, host = "one.test", path = "/small") => (await client.get(path, host)).status;

describe("one address that hoards streams with closed windows", () => {
  it("holds all it asks for without a limit: why there is one", async () => {
    await start({ requestsPerAddress: 1_000_000, requestsPerSite: 1_000_000 });
    await Promise.all([hoard(10), hoard(10), hoard(10)]);
    await expect.poll(() => arrivals.length, { timeout: 15_000 }).toBe(30);
    await underWay(30);
  });

  it("gets as many as its limit, and REFUSED_STREAM for the rest, which the origin never hears of", async () => {
    await start({ requestsPerAddress: 25 });
    const first = await hoard(20);
    await expect.poll(() => arrivals.length, { timeout: 15_000 }).toBe(20);
    const second = await hoard(20);
    expect(await refusedOf(second, 15)).toBe(15);
    const third = await hoard(20, "two.test");
    expect(await refusedOf(third, 20)).toBe(20);
    await underWay(25);
    expect(arrivals.length).toBe(25);
    await limited("requests_per_address").toBe(35);
    // The connections are not at fault as a whole, and what was let in goes on.
    second.send(frame(types.ping, 0, "thefence"));
    expect(await second.find(({ type }) => type === types.ping)).not.toBeNull();
    expect(first.frames.some(({ type }) => type === types.rstStream)).toBe(false);
    // Others are served, at this site and at the next.
    for (const host of ["one.test", "two.test"]) expect(await statusOf(await tls(host, elsewhere), host)).toBe(200);
    // One that ends makes room for one, on any connection.
    first.send(frame(types.rstStream, 1, uint32(8)));
    await underWay(24);
    expect(await statusOf(await tls())).toBe(200);
    for (const raw of [first, second, third]) raw.destroy();
    await underWay(0);
    expect(await statusOf(await tls())).toBe(200);
  });

  it("is answered 503 over HTTP/1.1 on either port, told when to come again, and its connection ends", async () => {
    await start({ requestsPerAddress: 2 });
    await hoard(2);
    await expect.poll(() => arrivals.length, { timeout: 15_000 }).toBe(2);
    for (const client of [await tls(), await plain()]) {
      const reply = await client.get("/small", "one.test");
      expect(reply).toMatchObject({ status: 503, headers: { "retry-after": "1", connection: "close" } });
      await client.closed;
      const [row] = await rowsOf(reply.headers["x-request-id"]);
      expect(row).toMatchObject({ verdict: "REQUEST_REFUSED", status: 503, address: "127.0.0.1", siteId: siteIds["one.test"] });
      expect(kindOf(row?.reason, 503)).toBe("address-busy");
    }
    const upgrade = await tls();
    upgrade.send("GET / HTTP/1.1\r\nHost: one.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    expect((await upgrade.reply()).status).toBe(503);
    await limited("requests_per_address").toBe(3);
    expect(await statusOf(await plain(elsewhere))).toBe(200);
    expect(arrivals.length).toBe(2);
  });

  it("has its refused streams in the ledger, each with a request id", async () => {
    await start({ requestsPerAddress: 1 });
    await refusedOf(await hoard(3), 2);
    const rows = () => rig.store.ledger.events(rig.tenantId, { siteId: siteIds["one.test"] ?? "", kind: "request", limit: 10 });
    await expect.poll(async () => (await rows()).length, { timeout: 15_000 }).toBe(2);
    for (const row of await rows()) {
      expect(row).toMatchObject({ verdict: "REQUEST_REFUSED", status: null, isRefused: true, address: "127.0.0.1" });
      expect(row.requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(kindOf((await rows())[0]?.reason, null)).toBe("address-busy");
    const ids = (await rows()).map(({ requestId }) => requestId);
    expect(new Set(rig.log.filter(({ limit }) => limit === "requestsPerAddress").map(({ requestId }) => requestId))).toEqual(new Set(ids));
  });

  it("counts for the site that each request asks, also on a kept connection in the clear", async () => {
    await start({ requestsPerSite: 1 });
    const kept = await plain();
    expect(await statusOf(kept, "two.test")).toBe(200);
    kept.send("GET /hold HTTP/1.1\r\nHost: one.test\r\n\r\n");
    await expect.poll(() => arrivals.length, { timeout: 15_000 }).toBe(1);
    expect(await statusOf(await tls("one.test"))).toBe(503);
    expect(await statusOf(await tls("two.test"), "two.test")).toBe(200);
  });
});

describe("one site that many addresses crowd", () => {
  it("has as many requests as its limit, and leaves the others theirs", async () => {
    await start({ requestsPerSite: 10 });
    const crowd = await hoard(12);
    expect(await refusedOf(crowd, 2)).toBe(2);
    await limited("requests_per_site").toBe(2);
    const turnedAway = await (await tls("one.test", elsewhere)).get("/small", "one.test");
    expect(turnedAway).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    const [row] = await rowsOf(turnedAway.headers["x-request-id"]);
    expect(kindOf(row?.reason, 503)).toBe("site-busy");
    for (const client of [await tls("two.test"), await tls("two.test", elsewhere)]) expect(await statusOf(client, "two.test")).toBe(200);
    crowd.destroy();
    await underWay(0);
    expect(await statusOf(await tls("one.test", elsewhere))).toBe(200);
  });

  it("is not filled by strangers who were refused and leave their answers untaken: partners get in", async () => {
    await start({ requestsPerSite: 5 });
    const [partners, certificate] = [await createAuthority(), await createServer(authority, ["mtls.test"])];
    const rest = { originHttpPort: await startOrigin(), isHttp2Enabled: true, isTerminateOnly: true };
    await rig.save({ hostName: "mtls.test", certificate, downstream: [partners], ...rest });
    await Promise.all(Array.from({ length: 8 }, () => hoard(1, "mtls.test")));
    await underWay(8);
    const { certificate: cert, key } = await createClient(partners);
    const partner = await openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "mtls.test", cert, key });
    keep(partner, ({ socket }) => void socket.destroy());
    expect(await statusOf(partner, "mtls.test")).toBe(200);
  });
});

/** What the console makes of it. */
function kindOf(reason: string | null | undefined, status: number | null): string {
  return explainVerdict({ verdict: "REQUEST_REFUSED", reason, status, leaf: null, chain: [], authorities: [], now: new Date() }).kind;
}

async function rowsOf(requestId: string | undefined) {
  let rows: Awaited<ReturnType<typeof rig.store.ledger.request>> = [];
  await expect
    .poll(
      async () => {
        rows = await rig.store.ledger.request(rig.tenantId, requestId ?? "");
        return rows.length;
      },
      { timeout: 15_000 },
    )
    .toBe(1);
  return rows;
}

describe("what is counted is given back", () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const post = (id: number) => request(id, head("one.test", { ":method": "POST", ":path": "/hold" }), flags.endHeaders);
  const hold = (id: number) => request(id, head("one.test", { ":path": "/hold" }));
  const endless = (id: number) => request(id, head("one.test", { ":path": "/endless" }));
  const reset = (id: number, code: number) => frame(types.rstStream, id, uint32(code));
  const part = (id: number) => frame(types.data, id, "x".repeat(1_000));

  /** Each is one stream of a storm, which its client ends in the same breath or a little later. */
  const streams: [what: string, open: (id: number) => Buffer, end: (id: number) => Buffer][] = [
    ["a request that is cancelled", hold, (id) => reset(id, 8)],
    ["a request that is reset without an error", hold, (id) => reset(id, 0)],
    ["a body that is cancelled in the middle", (id) => Buffer.concat([post(id), part(id)]), (id) => reset(id, 8)],
    ["a body that is reset without an error", (id) => Buffer.concat([post(id), part(id)]), (id) => reset(id, 0)],
    ["a body that is longer than it says", (id) => Buffer.concat([post(id), part(id)]), (id) => reset(id, 2)],
    ["an answer that is cancelled in the middle", endless, (id) => reset(id, 8)],
    ["an answer that is reset without an error", endless, (id) => reset(id, 0)],
    ["a HEAD that is cancelled", (id) => request(id, head("one.test", { ":method": "HEAD", ":path": "/hold" })), (id) => reset(id, 8)],
    ["a request of another site", (id) => request(id, head("two.test")), (id) => reset(id, 8)],
    [
      "a CONNECT",
      (id) =>
        request(id, [
          [":method", "CONNECT"],
          [":authority", "one.test"],
        ]),
      (id) => reset(id, 8),
    ],
  ];

  it.each(streams)("after a storm of streams: %s", async (_what, open, end) => {
    await start({ requestsPerAddress: 60, resets: 10_000 });
    for (const isAtOnce of [true, false]) {
      const raw = keep(await openFrames({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "one.test" }), (opened) => opened.destroy());
      for (let round = 0; round < 2; round += 1) {
        const ids = Array.from({ length: 50 }, (_, at) => 2 * (50 * round + at) + 1);
        raw.send(...ids.map((id) => (isAtOnce ? Buffer.concat([open(id), end(id)]) : open(id))));
        for (let turns = 0; turns < 20; turns += 1) await turn();
        if (!isAtOnce) raw.send(...ids.map(end));
        for (let turns = 0; turns < 20; turns += 1) await turn();
      }
    }
    await allFit(60);
  });

  it("after connections are cut with all their streams, the refused ones too", async () => {
    await start({ requestsPerAddress: 60 });
    for (let round = 0; round < 2; round += 1) {
      const raw = await openFrames({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "one.test" });
      raw.send(...Array.from({ length: 80 }, (_, at) => [hold, post, endless][at % 3]?.(2 * at + 1) ?? Buffer.alloc(0)));
      await refusedOf(raw, 20);
      raw.destroy();
      await allFit(60);
    }
  });

  it.each(["http", "https"])("after a pipeline is cut of which only the first was being answered, over %s", async (port) => {
    await start({ requestsPerAddress: 10 });
    const client = port === "http" ? await plain() : await tls();
    client.send("GET /hold HTTP/1.1\r\nHost: one.test\r\n\r\n".repeat(10));
    await expect.poll(() => arrivals.length, { timeout: 15_000 }).toBe(10);
    const ended = arrivals.map(({ request }) => new Promise((resolve) => request.once("close", resolve)));
    client.socket.destroy();
    await allFit(10);
    // Nor does the origin go on working for nobody.
    await Promise.all(ended);
  });

  it("after WebSockets, their refusals and their cuts", async () => {
    await start({ requestsPerAddress: 5 });
    const greet = "GET /hold HTTP/1.1\r\nHost: one.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    const clients = await Promise.all(Array.from({ length: 8 }, () => tls()));
    for (const client of clients) client.send(greet);
    const refused = () => clients.filter(({ isClosed }) => isClosed()).length;
    await expect.poll(() => [arrivals.length, refused()], { timeout: 15_000 }).toEqual([5, 3]);
    for (const { socket } of clients) socket.destroy();
    await allFit(5);
  });

  it("after an origin that answers, breaks off or is not there", async () => {
    await start({ requestsPerAddress: 15 });
    const session = await openSession({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "one.test" });
    keep(session, (opened) => opened.destroy());
    const paths = Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? "/hold" : "/half"));
    for (const path of paths)
      session
        .request({ ":path": path })
        .on("error", () => {})
        .resume();
    await expect.poll(() => arrivals.length, { timeout: 15_000 }).toBe(10);
    for (const { response } of arrivals) response.destroy();
    await allFit(15);
    const nowhere = { hostName: "one.test", siteId: siteIds["one.test"] ?? "", originHttpPort: 9, isTerminateOnly: true };
    await rig.save({ ...nowhere, authority, isHttp2Enabled: true });
    for (let round = 0; round < 3; round += 1) expect(await statusOf(await tls())).toBe(502);
    await underWay(0);
  });
});
