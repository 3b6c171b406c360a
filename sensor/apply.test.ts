import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { fetchTls, openPlain, openTls } from "#sensor/client-fixture.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";

let rig: Rig;
let authority: Identity;
let partners: Identity;
let others: Identity;
let partner: Identity;

beforeAll(async () => {
  rig = await startRig();
  authority = await createAuthority();
  partners = await createAuthority({ commonName: "Partners" });
  others = await createAuthority({ commonName: "Others" });
  partner = await createClient(partners);
});
afterAll(() => rig[Symbol.asyncDispose]());

let count = 0;
/** A site of its own for each test, with its certificate kept over revisions. */
async function newSite(options: object) {
  count += 1;
  const hostName = `apply-${count}.test`;
  const certificate = await createServer(authority, [hostName]);
  const base = { hostName, certificate, ...options };
  const { siteId } = await rig.save(base);
  const open = (client?: Identity) => openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: hostName, client });
  const save = (changes: object) => rig.save({ ...base, siteId, ...changes });
  return { hostName, siteId, base, open, save };
}

const upgrade = (host: string) =>
  `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;

describe("a commit", () => {
  it("is served and acknowledged within 100 ms", async () => {
    const times: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const site = await newSite({});
      const { revision } = await rig.commit({ ...site.base, siteId: site.siteId, readTimeoutS: 10 + round });
      const committed = performance.now();
      await rig.judged(site.siteId, revision);
      times.push(performance.now() - committed);
    }
    // The median, so that a busy machine's one slow turn does not decide.
    expect(times.sort((a, b) => a - b)[2]).toBeLessThan(100);
  });
});

describe("a revision that only adds CAs", () => {
  it("leaves an open connection alone, and its next request is judged by the new revision", async () => {
    const site = await newSite({ downstream: [partners] });
    const raw = await site.open(partner);
    expect(JSON.parse((await raw.get("/", site.hostName)).body)).toMatchObject({ revision: 1 });
    await site.save({ downstream: [partners, others] });
    expect(JSON.parse((await raw.get("/", site.hostName)).body)).toMatchObject({ revision: 2 });
    expect(
      (await fetchTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: site.hostName, client: await createClient(others) })).status,
    ).toBe(200);
    raw.socket.destroy();
  });
});

describe("a revision that removes a CA", () => {
  it("closes an idle connection at once and refuses the client on a new one", async () => {
    const site = await newSite({ downstream: [partners] });
    const raw = await site.open(partner);
    expect((await raw.get("/", site.hostName)).status).toBe(200);
    await site.save({ downstream: [others] });
    await raw.closed;
    expect((await fetchTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: site.hostName, client: partner })).status).toBe(403);
  });

  it("lets a running request end and closes behind it, saying so while it still can", async () => {
    const site = await newSite({ downstream: [partners] });
    const held = await site.open(partner);
    held.send(`GET /hold HTTP/1.1\r\nHost: ${site.hostName}\r\n\r\n`);
    const streamed = await site.open(partner);
    streamed.send(`GET /stream HTTP/1.1\r\nHost: ${site.hostName}\r\n\r\n`);
    await expect.poll(() => rig.forwarder.passages.filter(({ siteId }) => siteId === site.siteId).length).toBe(2);
    await site.save({ downstream: [others] });
    rig.forwarder.releaseAll();
    const reply = await held.reply();
    expect([reply.status, reply.headers.connection]).toEqual([200, "close"]);
    expect((await streamed.reply()).status).toBe(200);
    await Promise.all([held.closed, streamed.closed]);
  });

  it("takes no request that was pipelined behind a running one", async () => {
    const site = await newSite({ downstream: [partners] });
    const raw = await site.open(partner);
    raw.send(`GET /hold HTTP/1.1\r\nHost: ${site.hostName}\r\n\r\n`);
    await expect.poll(() => rig.forwarder.passages.some(({ siteId }) => siteId === site.siteId)).toBe(true);
    await site.save({ downstream: [others] });
    raw.send(`GET /late HTTP/1.1\r\nHost: ${site.hostName}\r\n\r\n`);
    rig.forwarder.releaseAll();
    expect((await raw.reply()).status).toBe(200);
    await raw.closed;
    await expect(raw.reply()).rejects.toThrow("closed without an answer");
    expect(rig.forwarder.passages.filter(({ siteId }) => siteId === site.siteId)).toHaveLength(1);
  });

  it("does not touch another site's connections", async () => {
    const site = await newSite({ downstream: [partners] });
    const other = await newSite({ downstream: [partners] });
    const raw = await other.open(partner);
    await site.save({ downstream: [others] });
    expect((await raw.get("/", other.hostName)).status).toBe(200);
    raw.socket.destroy();
  });
});

describe("a revision that turns downstream mTLS on", () => {
  it("ends open connections of both ports, and plain HTTP is never forwarded again", async () => {
    const site = await newSite({});
    const raw = await site.open();
    const plain = await openPlain(rig.ports.SENSOR_HTTP_PORT);
    expect((await raw.get("/", site.hostName)).status).toBe(200);
    expect((await plain.get("/", site.hostName)).status).toBe(200);
    await site.save({ downstream: [partners] });
    await Promise.all([raw.closed, plain.closed]);
    const again = await openPlain(rig.ports.SENSOR_HTTP_PORT);
    expect((await again.get("/", site.hostName)).status).toBe(403);
  });
});

describe("any other change", () => {
  it("closes idle connections, and a running WebSocket goes on", async () => {
    const site = await newSite({});
    const idle = await site.open();
    await idle.get("/", site.hostName);
    const socket = await site.open();
    socket.send(upgrade(site.hostName));
    expect((await socket.reply()).status).toBe(101);
    await site.save({ readTimeoutS: 33 });
    await idle.closed;
    socket.send("HTTP/1.1 299 Still here\r\n\r\n");
    expect((await socket.reply()).status).toBe(299);
    socket.socket.destroy();
  });
});

describe("a change that reduces no trust", () => {
  it("answers the request that was on its way by the new revision, and says that it is the last", async () => {
    const site = await newSite({ downstream: [partners] });
    const raw = await site.open(partner);
    expect((await raw.get("/", site.hostName)).headers.connection).not.toBe("close");
    // Without waiting for the word on it: the connection has its second from the change on.
    const { revision } = await rig.commit({ ...site.base, siteId: site.siteId, readTimeoutS: 34 });
    const replies = [];
    for (let isLast = false; !isLast; isLast = replies.at(-1)?.headers.connection === "close")
      replies.push(await raw.get("/", site.hostName));
    expect(JSON.parse(replies.at(-1)?.body ?? "")).toMatchObject({ revision });
    expect(replies.map(({ status }) => status).every((status) => status === 200)).toBe(true);
    await raw.closed;
  });
});

describe("a deleted site", () => {
  it("is gone for new connections and its open ones are closed", async () => {
    const site = await newSite({ downstream: [partners] });
    const raw = await site.open(partner);
    await raw.get("/", site.hostName);
    await rig.remove(site.siteId);
    await raw.closed;
    const failure = await site.open(partner).catch((error) => error);
    expect(failure.code).toBe("ERR_SSL_TLSV1_UNRECOGNIZED_NAME");
  });
});

describe("a site whose TLS is switched off", () => {
  it("shows no certificate any more and goes on over plain HTTP", async () => {
    const site = await newSite({});
    await site.save({ isSslEnabled: false });
    const failure = await site.open().catch((error) => error);
    expect(failure.code).toBe("ERR_SSL_TLSV1_UNRECOGNIZED_NAME");
    const plain = await openPlain(rig.ports.SENSOR_HTTP_PORT);
    expect((await plain.get("/", site.hostName)).status).toBe(200);
    plain.socket.destroy();
  });
});

describe("draining", () => {
  it("closes idle connections, finishes what runs and takes nothing new", async () => {
    const draining = await startRig();
    await draining.save({ hostName: "drain.test", certificate: await createServer(authority, ["drain.test"]) });
    const { ports } = draining;
    const idle = await openTls({ port: ports.SENSOR_HTTPS_PORT, servername: "drain.test" });
    const running = await openTls({ port: ports.SENSOR_HTTPS_PORT, servername: "drain.test" });
    running.send("GET /hold HTTP/1.1\r\nHost: drain.test\r\n\r\n");
    await expect.poll(() => draining.forwarder.passages.length).toBe(1);
    const half = await openPlain(ports.SENSOR_HTTPS_PORT);
    const answered = running.reply();
    const stopped = draining.stop();
    expect((await answered).status).toBe(200);
    await Promise.all([stopped, idle.closed, half.closed]);
    const refused = openTls({ port: ports.SENSOR_HTTPS_PORT, servername: "drain.test" });
    await expect(refused).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await draining[Symbol.asyncDispose]();
  });
});
