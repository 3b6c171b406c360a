import { once } from "node:events";
import { type ClientHttp2Session, constants, type OutgoingHttpHeaders } from "node:http2";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { openTls } from "#sensor/client-fixture.ts";
import { ask, finish, openSession } from "#sensor/http2-fixture.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";

let rig: Rig;
let authority: Identity;
let clients: Identity;
let client: Identity;
const sessions: ClientHttp2Session[] = [];

beforeAll(async () => {
  rig = await startRig();
  authority = await createAuthority();
  clients = await createAuthority({ commonName: "Client CA" });
  client = await createClient(clients);
  await rig.save({ hostName: "guarded.test", authority, downstream: [clients], isHttp2Enabled: true });
  await rig.save({ hostName: "open.test", authority, isHttp2Enabled: true });
  await rig.save({ hostName: "old.test", authority });
});
afterAll(() => rig[Symbol.asyncDispose]());
beforeEach(() => {
  rig.forwarder.passages.length = 0;
  rig.log.length = 0;
});
afterEach(() => {
  for (const session of sessions.splice(0)) session.destroy();
});

async function open(servername: string, client?: Identity, port = rig.ports.SENSOR_HTTPS_PORT): Promise<ClientHttp2Session> {
  const session = await openSession({ port, servername, client });
  sessions.push(session);
  return session;
}

describe("HTTP/2", () => {
  it("is offered by sites that have it on, beside HTTP/1.1", async () => {
    const protocolOf = async (servername: string, offered: string[]) => {
      const raw = await openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername, ALPNProtocols: offered });
      raw.socket.destroy();
      return raw.socket.alpnProtocol;
    };
    expect(await protocolOf("open.test", ["h2", "http/1.1"])).toBe("h2");
    expect(await protocolOf("open.test", ["http/1.1"])).toBe("http/1.1");
    expect(await protocolOf("old.test", ["h2", "http/1.1"])).toBe("http/1.1");
    await expect(protocolOf("old.test", ["h2"])).rejects.toMatchObject({ code: "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL" });
  });

  it("serves many requests of an accepted client at once", async () => {
    const session = await open("guarded.test", client);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, at) => ask(session, { ":path": `/${at}` })));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(rig.forwarder.passages).toHaveLength(50);
    expect(rig.forwarder.passages[0]).toMatchObject({ scheme: "https", clientAddress: "127.0.0.1" });
  });

  it("allows a hundred streams and no extended CONNECT", async () => {
    const session = await open("open.test");
    if (session.remoteSettings.maxConcurrentStreams === undefined) await once(session, "remoteSettings");
    expect(session.remoteSettings).toMatchObject({ maxConcurrentStreams: 100, enableConnectProtocol: false });
  });
});

describe("a client without a certificate", () => {
  it.each<[string, OutgoingHttpHeaders]>([
    ["a request", {}],
    ["an expectation of 100", { ":method": "POST", expect: "100-continue" }],
    ["an unknown expectation", { ":method": "POST", expect: "wonders" }],
    ["another site's name", { ":authority": "open.test" }],
  ])("gets 403 and GOAWAY for %s, and nothing is forwarded", async (_, headers) => {
    const session = await open("guarded.test");
    const ended = Promise.all([once(session, "goaway"), once(session, "close")]);
    const answer = await ask(session, headers);
    expect([answer.status, answer.rstCode]).toEqual([403, 0]);
    expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    await ended;
    expect(rig.forwarder.passages).toEqual([]);
    expect(rig.log).toContainEqual(expect.objectContaining({ verdict: "CLIENT_CERT_MISSING", requestId: answer.headers["x-request-id"] }));
  });

  it("gets one answer, however many streams it opens at once", async () => {
    const session = await open("guarded.test");
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(session)));
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === null)).toHaveLength(29);
    expect(rig.log.filter(({ msg }) => msg === "request refused")).toHaveLength(1);
  });

  it("is not read any further: the stream with its body ends with the answer", async () => {
    const session = await open("guarded.test");
    const stream = session.request({ ":path": "/", ":method": "POST" }, { endStream: false });
    const answer = await finish(stream);
    expect([answer.status, answer.rstCode]).toEqual([403, constants.NGHTTP2_NO_ERROR]);
    await once(session, "close");
  });
});

describe("the name a request is for", () => {
  it.each<[string, OutgoingHttpHeaders, number]>([
    ["its own", {}, 200],
    ["its own in capitals, with dot and port", { ":authority": "OPEN.test.:443" }, 200],
    ["a site with mTLS", { ":authority": "guarded.test" }, 421],
    ["a site with mTLS in Host", { host: "guarded.test" }, 421],
    ["an unknown site", { ":authority": "nobody.test" }, 421],
    ["its own over another scheme", { ":scheme": "http" }, 421],
  ])("%s", async (_, headers, status) => {
    const session = await open("open.test");
    expect((await ask(session, headers)).status).toBe(status);
    expect(rig.forwarder.passages).toHaveLength(status === 200 ? 1 : 0);
  });

  it("counts for CONNECT too, which nobody gets", async () => {
    const session = await open("open.test");
    const refused = await finish(session.request({ ":method": "CONNECT", ":authority": "guarded.test:443" }));
    expect(refused.status).toBe(421);
    const again = await open("open.test");
    expect((await finish(again.request({ ":method": "CONNECT", ":authority": "open.test:443" }))).status).toBe(405);
  });
});

describe("a revision that removes a CA", () => {
  it("sends GOAWAY, lets what runs end, and refuses the client on a new connection", async () => {
    const hostName = "h2-swap.test";
    const base = { hostName, certificate: await createServer(authority, [hostName]), isHttp2Enabled: true };
    const { siteId } = await rig.save({ ...base, downstream: [clients] });
    const idle = await open(hostName, client);
    const busy = await open(hostName, client);
    const held = finish(busy.request({ ":path": "/hold" }));
    await expect.poll(() => rig.forwarder.passages.length).toBe(1);
    const goneAway = once(busy, "goaway");
    const idleClosed = once(idle, "close");
    await rig.save({ ...base, siteId, downstream: [await createAuthority({ commonName: "Others" })] });
    await Promise.all([idleClosed, goneAway]);
    rig.forwarder.releaseAll();
    expect((await held).status).toBe(200);
    await once(busy, "close");
    expect((await ask(await open(hostName, client))).status).toBe(403);
  });
});

describe("abuse", () => {
  it("of cancelled streams ends the connection after a few hundred", async () => {
    const session = await open("guarded.test", client);
    const closed = new Promise((resolve) => session.once("close", resolve));
    let opened = 0;
    while (!session.closed && !session.destroyed && opened < 5_000) {
      const streams = Array.from({ length: 50 }, () => session.request({ ":path": "/hold" }).on("error", () => {}));
      // The head goes out before the cancellation: each of them reaches the sensor.
      await new Promise((resolve) => setImmediate(resolve));
      for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL);
      opened += streams.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
    expect(rig.forwarder.passages.length).toBeLessThan(1_000);
    expect((await ask(await open("open.test"))).status).toBe(200);
  });

  it("by a session that asks nothing ends at the deadline", async () => {
    await using quick = await startRig({ deadlines: { headMs: 60, idleMs: 60 } });
    await quick.save({ hostName: "quick.test", certificate: await createServer(authority, ["quick.test"]), isHttp2Enabled: true });
    const mute = await open("quick.test", undefined, quick.ports.SENSOR_HTTPS_PORT);
    await once(mute, "close");
    const idle = await open("quick.test", undefined, quick.ports.SENSOR_HTTPS_PORT);
    expect((await ask(idle)).status).toBe(200);
    await once(idle, "close");
  });

  it("with bytes that are no frames leaves the process serving", async () => {
    for (let round = 0; round < 20; round += 1) {
      const raw = await openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "open.test", ALPNProtocols: ["h2"] });
      raw.socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
      raw.socket.write(Buffer.alloc(2_000, round * 13));
      if (round % 2 === 0) await raw.closed;
      else raw.socket.destroy();
    }
    expect((await ask(await open("open.test"))).status).toBe(200);
  });
});
