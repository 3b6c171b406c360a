import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAuthority, createCertificate, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import type { LedgerEvent } from "#lib/store/store.ts";
import { type ClientOptions, fetchTls, listenLocally, openTls } from "#sensor/client-fixture.ts";
import { ask, openSession } from "#sensor/http2-fixture.ts";
import { judgeIdentity, observeClient, readEvidence } from "#sensor/identity.ts";
import { claimsClientCertificate } from "#sensor/request-headers.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";
import type { SiteOptions } from "#sensor/sites-fixture.ts";

const day = 86_400_000;
const versions = ["TLSv1.2", "TLSv1.3"] as const;
const arrived: IncomingHttpHeaders[] = [];
const origin = createHttpServer((request, response) => {
  arrived.push(request.headers);
  response.end("ok");
});

let rig: Rig;
let clockMs: number;
let authority: Identity;
let partners: Identity;
let strangers: Identity;
let partner: Identity;
let stranger: Identity;
let base: SiteOptions;
/** With the partners' CA in the box, and with an empty one. */
let judged: string;
let unjudged: string;

beforeAll(async () => {
  clockMs = Date.now();
  rig = await startRig({ isForwarding: true, now: () => clockMs });
  [authority, partners, strangers] = await Promise.all([
    createAuthority(),
    createAuthority({ commonName: "Partners" }),
    createAuthority({ commonName: "Strangers" }),
  ]);
  [partner, stranger] = await Promise.all([createClient(partners), createClient(strangers)]);
  base = { authority, isHttp2Enabled: true, isTerminateOnly: true, originHttpPort: await listenLocally(origin) };
  judged = (await rig.save({ hostName: "judged.test", ...base, ...observed(partners) })).siteId;
  unjudged = (await rig.save({ hostName: "unjudged.test", ...base, ...observed() })).siteId;
  // For tests that do not wait for their rows.
  await rig.save({ hostName: "loose.test", ...base, ...observed(partners) });
  await rig.save({ hostName: "loose-empty.test", ...base, ...observed() });
  await rig.save({ hostName: "guarded.test", ...base, downstream: [partners] });
});
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  origin.close();
});
beforeEach(() => {
  arrived.length = 0;
});

const observed = (...authorities: Identity[]) => ({
  observedUntil: new Date(clockMs + 30 * day).toISOString(),
  downstreamMtlsCredentials: authorities.map(({ certificate }) => certificate).join(""),
});
const open = (options: Omit<ClientOptions, "port">) => openTls({ port: rig.ports.SENSOR_HTTPS_PORT, ...options });
const get = (options: Omit<ClientOptions, "port"> & { headers?: Record<string, string>; host?: string }) =>
  fetchTls({ port: rig.ports.SENSOR_HTTPS_PORT, ...options });

/** The one row that `work` brings, once it is written. */
async function next(
  siteId: string,
  work: () => Promise<unknown>,
  kind: LedgerEvent["kind"] = "handshake",
): Promise<LedgerEvent | undefined> {
  const read = (since?: number) => rig.store.ledger.events(rig.tenantId, { siteId, kind, since, limit: 1 });
  const since = (await read())[0]?.id ?? 0;
  await work();
  await expect.poll(async () => (await read(since)).length).toBe(1);
  return (await read(since))[0];
}

/** What openssl's client makes of the CertificateRequest: the names in it, null where nobody asks. */
async function namesAsked(servername: string, version: (typeof versions)[number]): Promise<string[] | null> {
  const folder = await mkdtemp(path.join(tmpdir(), "tessera-"));
  await writeFile(path.join(folder, "client.pem"), stranger.bundle);
  const protocol = version === "TLSv1.2" ? "-tls1_2" : "-tls1_3";
  const to = ["-connect", `127.0.0.1:${rig.ports.SENSOR_HTTPS_PORT}`, "-servername", servername];
  const child = spawn("openssl", ["s_client", ...to, protocol, "-cert", "client.pem", "-key", "client.pem", "-msg"], { cwd: folder });
  child.stdin.end();
  const said = await text(child.stdout);
  await rm(folder, { recursive: true });
  expect(said).toContain("ServerHello");
  if (!said.includes("CertificateRequest")) return null;
  const names = /Acceptable client certificate CA names\n((?:.*CN ?= ?.*\n)+)/.exec(said)?.[1] ?? "";
  return names.split("\n").filter((name) => name !== "");
}

type Presented = Partial<Omit<ClientOptions, "port">>;

describe.each(versions)("an observed site over %s", (version) => {
  const cases: [string, () => Promise<Presented>, Partial<LedgerEvent>][] = [
    ["a partner", async () => ({ client: partner }), { verdict: "CLIENT_CERT_VERIFIED", caller: "verified" }],
    ["nobody", async () => ({}), { verdict: "CLIENT_CERT_MISSING", caller: "none", fingerprint: null }],
    [
      "a client of another CA",
      async () => ({ client: stranger, chain: [strangers] }),
      { verdict: "CLIENT_CERT_UNTRUSTED", caller: "stranger" },
    ],
    [
      "an expired partner",
      async () => ({ client: await createClient(partners, { notBefore: new Date(clockMs - 2 * day), notAfter: new Date(clockMs - day) }) }),
      { verdict: "CLIENT_CERT_EXPIRED", caller: "known" },
    ],
    [
      "a partner's server",
      async () => ({ client: await createServer(partners, ["x.test"]) }),
      { verdict: "CLIENT_CERT_WRONG_PURPOSE", caller: "known" },
    ],
    [
      "one that signed itself",
      async () => ({ client: await createCertificate({ commonName: "me" }) }),
      { verdict: "CLIENT_CERT_SELF_SIGNED" },
    ],
  ];

  it.each(cases)("lets %s through, says what would be said, and tells the origin nothing", async (_name, present, expected) => {
    const presented = await present();
    const row = await next(judged, async () => {
      const headers = { "Client-Cert": ":AAAA:", "X-SSL-Client-Verify": "SUCCESS", X_Client_Cert: "me" };
      expect(await get({ servername: "judged.test", version, ...presented, headers })).toMatchObject({ status: 200, body: "ok" });
    });
    const fingerprint = presented.client?.fingerprint ?? null;
    expect(row).toMatchObject({ isRefused: false, fingerprint, serverName: "judged.test", protocol: version, revision: 1, ...expected });
    expect(row?.certificate?.fingerprint ?? null).toBe(fingerprint);
    expect(arrived.flatMap((headers) => Object.keys(headers).filter(claimsClientCertificate))).toEqual([]);
    expect(JSON.stringify(arrived)).not.toMatch(/partner-17|cert/i);
  });

  it("says no verdict on a certificate where there is no CA to judge by, and keeps it with its issuers", async () => {
    const client = await createClient(strangers, { commonName: `unjudged ${version}` });
    const row = await next(unjudged, () => get({ servername: "unjudged.test", version, client, chain: [strangers] }));
    expect(row).toMatchObject({
      verdict: "CLIENT_CERT_NOT_JUDGED",
      isRefused: false,
      caller: "stranger",
      fingerprint: client.fingerprint,
      code: null,
    });
    expect(row?.certificate?.subject).toContain(`unjudged ${version}`);
    const about = { siteId: unjudged, text: client.fingerprint, limit: 1 };
    const [group] = await rig.store.ledger.groups(rig.tenantId, about);
    expect(group).toMatchObject({ count: 1, chain: [strangers.fingerprint], isRefused: false });
    const nobody = await next(unjudged, () => get({ servername: "unjudged.test", version }));
    expect(nobody).toMatchObject({ verdict: "CLIENT_CERT_MISSING", isRefused: false, caller: "none" });
  });

  it("asks by the names of its CAs, by none where it has none, and never by the public roots", async () => {
    expect(await namesAsked("loose.test", version)).toEqual([expect.stringContaining("Partners")]);
    expect(await namesAsked("loose-empty.test", version)).toEqual([]);
  });

  it("sees the certificate each time: nothing is resumed", async () => {
    const client = await createClient(partners, { commonName: `again ${version}` });
    const first = await open({ servername: "judged.test", version, client });
    let session = first.socket.getSession();
    first.socket.on("session", (ticket) => {
      session = ticket;
    });
    await first.get("/", "judged.test");
    first.socket.destroy();
    await first.closed;
    const second = await open({ servername: "judged.test", version, client, session });
    expect(second.socket.isSessionReused()).toBe(false);
    expect((await second.get("/", "judged.test")).status).toBe(200);
    second.socket.destroy();
    const about = { siteId: judged, text: client.fingerprint, limit: 10 };
    const read = () => rig.store.ledger.groups(rig.tenantId, about);
    await expect.poll(read).toMatchObject([{ verdict: "CLIENT_CERT_VERIFIED", count: 2, isRefused: false }]);
  });

  it("breaks no connection over what a client shows", async () => {
    const hostile: [string, Presented][] = [
      ["the same name a hundred times", { client: stranger, chain: Array(100).fill(strangers) }],
      ["a subject of control characters", { client: await createClient(strangers, { commonName: "\u202Eevil\r\nX: y" }) }],
      [
        "a certificate of 60 KB",
        { client: await createClient(strangers, { names: Array.from({ length: 3_000 }, (_, at) => `n${at}.test`) }) },
      ],
      [
        "dates beyond all bounds",
        { client: await createClient(strangers, { notBefore: new Date(0), notAfter: new Date(253402300799000) }) },
      ],
    ];
    for (const [name, presented] of hostile)
      for (const servername of ["loose.test", "loose-empty.test"])
        expect([name, (await get({ servername, version, ...presented })).status]).toEqual([name, 200]);
  });
});

describe("what a client shows that cannot be read", () => {
  /** Another curve's number in the certificate: its bytes are whole, and its key is of no kind anybody knows. */
  function withUnknownCurve({ x509 }: Identity): X509Certificate {
    const der = Buffer.from(x509.rawData);
    der.writeUInt8(0x7f, der.indexOf(Buffer.from("06082a8648ce3d030107", "hex")) + 9);
    return new X509Certificate(der);
  }
  const socketThat = (shows: () => X509Certificate | undefined) =>
    ({
      authorized: false,
      authorizationError: "ANYTHING",
      isSessionReused: () => false,
      getPeerX509Certificate: shows,
    }) as unknown as TLSSocket;

  it("throws where it is demanded, and is no more than invalid where it is observed", () => {
    const unreadable = withUnknownCurve(partners);
    const socket = socketThat(() => unreadable);
    expect(() => judgeIdentity(readEvidence(socket), [unreadable])).toThrow();
    expect(observeClient(socket, [unreadable]).seen).toEqual({ verdict: "CLIENT_CERT_INVALID", certificate: null, code: null });
    const broken = socketThat(() => {
      throw new Error("no certificate");
    });
    expect(observeClient(broken, [])).toMatchObject({ seen: { verdict: "CLIENT_CERT_INVALID" }, evidence: { leaf: null } });
  });
});

describe("the counters", () => {
  it("count nobody who is observed as verified or refused: alarms hang on them", async () => {
    const { siteId } = await rig.save({ hostName: "counted.test", ...base, ...observed(partners) });
    for (const client of [partner, stranger, undefined]) await get({ servername: "counted.test", client });
    const scrape = async () => (await fetch(`http://127.0.0.1:${rig.ports.SENSOR_ADMIN_PORT}/metrics`)).text();
    await expect
      .poll(scrape, { timeout: 5_000 })
      .toContain(`tessera_handshakes_total{site="${siteId}",verdict="CLIENT_CERT_NOT_JUDGED"} 3`);
    const lines = (await scrape()).split("\n").filter((line) => line.startsWith("tessera_handshakes_total") && line.includes(siteId));
    expect(lines).toHaveLength(1);
  });
});

describe("a request that the sensor refuses on an observed site", () => {
  it("is kept with the certificate that was shown", async () => {
    const row = await next(judged, () => get({ servername: "judged.test", client: stranger, host: "unknown.test" }), "request");
    expect(row).toMatchObject({
      verdict: "HOST_SNI_MISMATCH",
      status: 421,
      isRefused: true,
      fingerprint: stranger.fingerprint,
      caller: "stranger",
    });
  });
});

describe("what was observed admits nobody", () => {
  it("at a guarded site by the name in the request, over HTTP/1.1 and HTTP/2", async () => {
    expect((await get({ servername: "loose.test", client: partner, host: "guarded.test" })).status).toBe(421);
    for (const headers of [{ ":authority": "guarded.test" }, { host: "guarded.test" }]) {
      const session = await openSession({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "loose.test", client: partner });
      expect((await ask(session, headers)).status).toBe(421);
      session.destroy();
    }
    expect(arrived).toEqual([]);
  });

  it.each(versions)("after Downstream mTLS was turned on: not on the kept connection, not with its session, over %s", async (version) => {
    const site = { hostName: `step-${version.toLowerCase().replace(".", "-")}.test`, ...base };
    const { siteId } = await rig.save({ ...site, ...observed(partners, strangers) });
    const kept = await open({ servername: site.hostName, version, client: stranger });
    let session = kept.socket.getSession();
    kept.socket.on("session", (ticket) => {
      session = ticket;
    });
    expect((await kept.get("/", site.hostName)).status).toBe(200);
    await rig.save({ ...site, siteId, downstream: [partners] });
    await kept.closed;
    expect((await get({ servername: site.hostName, version, client: stranger, session })).status).toBe(403);
    expect((await get({ servername: site.hostName, version, session })).status).toBe(403);
    expect((await get({ servername: site.hostName, version, client: partner })).status).toBe(200);
  });
});

/** The verdicts of all handshakes of a site, in order, once there are as many. */
async function verdictsAt(siteId: string, count: number): Promise<string[]> {
  const read = () => rig.store.ledger.events(rig.tenantId, { siteId, kind: "handshake", limit: 100 });
  await expect.poll(async () => (await read()).length).toBe(count);
  return (await read()).map(({ verdict }) => verdict).toReversed();
}

describe("a connection made before", () => {
  it("ends when the observation begins, and goes on when it is turned off", async () => {
    const site = { ...base, hostName: "before.test", certificate: await createServer(authority, ["before.test"]) };
    const { siteId } = await rig.save(site);
    const unasked = await open({ servername: site.hostName, client: partner });
    await unasked.get("/", site.hostName);
    await rig.save({ ...site, siteId, ...observed(partners) });
    await unasked.closed;
    const asked = await open({ servername: site.hostName, client: partner });
    await asked.get("/", site.hostName);
    await rig.save({ ...site, siteId });
    expect((await asked.get("/", site.hostName)).status).toBe(200);
    asked.socket.destroy();
    await get({ servername: site.hostName, client: partner });
    expect(await verdictsAt(siteId, 3)).toEqual(["CLIENT_CERT_NOT_ASKED", "CLIENT_CERT_VERIFIED", "CLIENT_CERT_NOT_ASKED"]);
  });
});

describe("the end of an observation", () => {
  it("comes by the clock: the same revision asks nobody any more, and leaves connections alone", async () => {
    const site = { hostName: "ending.test", ...base, ...observed(partners) };
    const { siteId, revision } = await rig.save(site);
    const call = () => get({ servername: site.hostName, client: stranger });
    const began = clockMs;
    try {
      const kept = await open({ servername: site.hostName, client: stranger });
      clockMs = began + 30 * day - 1;
      await call();
      clockMs += 1;
      await call();
      expect((await kept.get("/", site.hostName)).status).toBe(200);
      kept.socket.destroy();
      await rig.stop();
      await rig.start();
      await call();
      const [asked, not] = ["CLIENT_CERT_UNTRUSTED", "CLIENT_CERT_NOT_ASKED"];
      expect(await verdictsAt(siteId, 4)).toEqual([asked, asked, not, not]);
      expect([await namesAsked(site.hostName, "TLSv1.2"), await namesAsked(site.hostName, "TLSv1.3")]).toEqual([null, null]);
      expect(await rig.judged(siteId, revision), "no other revision was needed").toMatchObject({
        state: "serving",
        servingRevision: revision,
      });
    } finally {
      clockMs = began;
    }
  });
});

describe("an observed revision that cannot be served", () => {
  it("leaves the one before it serving, and is never what answers for one that demands certificates", async () => {
    const site = { hostName: "broken.test", ...base };
    const { siteId } = await rig.save(site);
    const broken = await rig.save({ ...site, siteId, ...observed(partner) });
    expect(await rig.judged(siteId, broken.revision)).toMatchObject({ state: "not-serving", servingRevision: 1 });
    expect((await get({ servername: site.hostName })).status).toBe(200);
    await rig.save({ ...site, siteId, ...observed(partners) });
    await rig.save({ ...site, siteId, downstream: [partner] });
    const row = await next(siteId, async () => expect((await get({ servername: site.hostName, client: partner })).status).toBe(503));
    expect(row, "the shield asks nobody").toMatchObject({ verdict: "CLIENT_CERT_NOT_ASKED" });
  });

  it("asks nobody while nothing else can be served", async () => {
    const { siteId } = await rig.save({ hostName: "never.test", ...base, ...observed(partner) });
    const row = await next(siteId, async () => expect((await get({ servername: "never.test", client: partner })).status).toBe(503));
    expect(row).toMatchObject({ verdict: "CLIENT_CERT_NOT_ASKED" });
  });
});
