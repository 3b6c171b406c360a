import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { compiledSite, createBench, someTls } from "#e2e/forwarder.ts";
import { createAuthority, createCertificate, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import type { CompiledSite } from "#lib/site/compiled-site.ts";
import { createDialer } from "#sensor/dialer.ts";
import { createUpstream } from "#sensor/upstream.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
const bench = createBench();
afterEach(() => bench.close());

let authority: Identity;
let clients: Identity;
let server: Identity;
let clientA: Identity;
let clientB: Identity;

beforeAll(async () => {
  authority = await createAuthority({ commonName: "Origin CA" });
  clients = await createAuthority({ commonName: "Client CA" });
  server = await createServer(authority, ["origin.test", "127.0.0.1"]);
  clientA = await createClient(clients, { commonName: "site-a" });
  clientB = await createClient(clients, { commonName: "site-b" });
});

const credentials = (client: Identity): CompiledSite["upstream"] => ({
  certificateChain: client.certificate,
  publicKey: client.publicKey,
  certificates: [],
});
const trust = (ca: string[] | undefined = [authority.certificate], serverName = "origin.test") => ({ isVerified: true, ca, serverName });

/** Answers with the common name of the client certificate it saw, or "none". */
async function startOrigin(options: { identity?: Identity; chain?: string; mustShow?: boolean; maxVersion?: "TLSv1.2" } = {}) {
  const seen: string[] = [];
  const sessions: boolean[] = [];
  const names: unknown[] = [];
  const identity = options.identity ?? server;
  const { port } = await bench.startServer(
    (request, response) => {
      const socket = request.socket as TLSSocket;
      const name = socket.getPeerCertificate().subject?.CN;
      seen.push(String(name ?? "none"));
      sessions.push(socket.isSessionReused());
      names.push(socket.servername);
      response.end(String(name ?? "none"));
    },
    {
      cert: options.chain ?? identity.certificate,
      key: identity.key,
      ca: clients.certificate,
      requestCert: true,
      rejectUnauthorized: options.mustShow ?? false,
      ...(options.maxVersion ? { maxVersion: options.maxVersion } : {}),
    },
  );
  return { port, seen, sessions, names };
}

describe("the connection to an origin", () => {
  it.each(["TLSv1.3", "TLSv1.2"] as const)("shows the site's own client certificate and its server name, with %s", async (version) => {
    const origin = await startOrigin({ mustShow: true, ...(version === "TLSv1.2" ? { maxVersion: version } : {}) });
    const front = await bench.startFront(
      { tls: someTls, originHttpsPort: origin.port, originTls: trust(), upstream: credentials(clientA) },
      { key: clientA.key },
    );
    expect(await front.send()).toMatchObject({ status: 200, body: "site-a" });
    expect(origin.names).toEqual(["origin.test"]);
  });

  it("never shows site A's client certificate for site B, nor resumes its session, at the very same origin", async () => {
    const origin = await startOrigin();
    const changes = { tls: someTls, originHttpsPort: origin.port, originTls: trust() };
    const siteA = await bench.startFront({ ...changes, upstream: credentials(clientA) }, { key: clientA.key });
    const siteB = await bench.startFront({ ...changes, upstream: credentials(clientB) }, { key: clientB.key });
    const siteC = await bench.startFront(changes);
    for (let round = 0; round < 3; round++) for (const site of [siteA, siteB, siteC]) await site.send();
    expect(origin.seen).toEqual(["site-a", "site-b", "none", "site-a", "site-b", "none", "site-a", "site-b", "none"]);
    expect(origin.sessions.some((isReused) => isReused)).toBe(false);
  });

  it("is kept for the next request", async () => {
    let connections = 0;
    const { port, server: plain } = await bench.startServer((_request, response) => response.end());
    plain.on("connection", () => (connections += 1));
    const front = await bench.startFront({ originHttpPort: port });
    for (let round = 0; round < 5; round++) await front.send();
    expect(connections).toBe(1);
  });

  it("is in the clear when the site terminates only, and goes to the HTTP port", async () => {
    const { port } = await bench.startServer((_request, response) => response.end("plain"));
    const front = await bench.startFront({ tls: someTls, isTerminateOnly: true, originHttpPort: port, originHttpsPort: 1 });
    expect(await front.send()).toMatchObject({ status: 200, body: "plain" });
  });

  it("is closed when the revision ends, and none is made after", async () => {
    const origin = await startOrigin();
    const front = await bench.startFront({ tls: someTls, originHttpsPort: origin.port, originTls: trust() });
    expect(await front.send()).toMatchObject({ status: 200 });
    front.upstream.destroy();
    expect(await front.send()).toMatchObject({ status: 502 });
    expect(origin.seen).toHaveLength(1);
  });

  it("checks an address as server name against the certificate's addresses", async () => {
    const origin = await startOrigin();
    const right = await bench.startFront({ tls: someTls, originHttpsPort: origin.port, originTls: trust(undefined, "127.0.0.1") });
    expect(await right.send()).toMatchObject({ status: 200 });
    const wrong = await bench.startFront({ tls: someTls, originHttpsPort: origin.port, originTls: trust(undefined, "127.0.0.2") });
    expect(await wrong.send()).toMatchObject({ status: 502 });
    expect(wrong.outcomes).toMatchObject([{ verdict: "ORIGIN_CERT_NAME_MISMATCH" }]);
    expect(origin.names).toEqual([false]);
  });

  it("trusts an intermediate alone when that is the site's CA", async () => {
    const intermediate = await createAuthority({ commonName: "Inner CA", issuer: authority });
    const identity = await createServer(intermediate, ["origin.test"]);
    const origin = await startOrigin({ identity });
    const front = await bench.startFront({ tls: someTls, originHttpsPort: origin.port, originTls: trust([intermediate.certificate]) });
    expect(await front.send()).toMatchObject({ status: 200 });
  });
});

describe("an origin's certificate", () => {
  it.each([
    ["of a CA that is not the site's", "ORIGIN_CERT_UNTRUSTED", {}, () => trust([clients.certificate])],
    ["of a private CA, with Node's roots", "ORIGIN_CERT_UNTRUSTED", {}, () => ({ ...trust(), ca: undefined })],
    ["for another name", "ORIGIN_CERT_NAME_MISMATCH", {}, () => trust(undefined, "other.test")],
    ["for the name that was dialled alone", "ORIGIN_CERT_NAME_MISMATCH", { names: ["127.0.0.1"] }, () => trust()],
    ["that has expired", "ORIGIN_CERT_EXPIRED", { notBefore: new Date(0), notAfter: new Date(86_400_000) }, () => trust()],
    ["that is not valid yet", "ORIGIN_CERT_EXPIRED", { notBefore: new Date(Date.now() + 86_400_000) }, () => trust()],
  ] as const)(
    "%s is refused with 502 and %s",
    async (_name, verdict, { names, ...dates }: { names?: readonly string[]; notBefore?: Date; notAfter?: Date }, originTls) => {
      const identity = await createServer(authority, [...(names ?? ["origin.test"])], dates);
      const origin = await startOrigin({ identity });
      const front = await bench.startFront({ tls: someTls, originHttpsPort: origin.port, originTls: originTls() });
      const reply = await front.send({ headers: { accept: "text/html" } });
      expect(reply).toMatchObject({ status: 502, headers: { "x-request-id": "0123-request" } });
      expect(reply.body).toContain("0123-request");
      expect(reply.body).not.toMatch(/CERT|certificate|127\.0\.0\.1|origin/i);
      expect(front.outcomes).toMatchObject([{ status: 502, verdict }]);
      expect(front.logged).toContainEqual(expect.objectContaining({ requestId: "0123-request", verdict, reason: expect.any(String) }));
      expect(origin.seen).toEqual([]);
    },
  );

  it("self-signed is refused, and accepted when verification is off", async () => {
    const identity = await createCertificate({ names: ["origin.test"] });
    const origin = await startOrigin({ identity });
    const changes = { tls: someTls, originHttpsPort: origin.port };
    const strict = await bench.startFront({ ...changes, originTls: trust() });
    expect(await strict.send()).toMatchObject({ status: 502 });
    expect(strict.outcomes).toMatchObject([{ verdict: "ORIGIN_CERT_UNTRUSTED" }]);
    const lax = await bench.startFront({ ...changes, originTls: { ...trust(), isVerified: false } });
    expect(await lax.send()).toMatchObject({ status: 200 });
  });
});

describe("an origin that refuses the client certificate", () => {
  it.each([
    [48, "ORIGIN_REFUSED_CLIENT_CERT"],
    [42, "ORIGIN_REFUSED_CLIENT_CERT"],
    [116, "ORIGIN_REFUSED_CLIENT_CERT"],
    [80, "ORIGIN_PROTOCOL_ERROR"],
  ])("with alert %i in the handshake is %s", async (alert, verdict) => {
    const { port } = await bench.startRaw((socket) => {
      socket.once("data", () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, alert])));
    });
    const front = await bench.startFront({ tls: someTls, originHttpsPort: port, originTls: trust() });
    expect(await front.send()).toMatchObject({ status: 502 });
    expect(front.outcomes).toMatchObject([{ verdict }]);
  });

  it("by an alert after the handshake where none was shown, and by a bare reset where an unknown one was, as Node does", async () => {
    const origin = await startOrigin({ mustShow: true });
    const changes = { tls: someTls, originHttpsPort: origin.port, originTls: trust() };
    const stranger = await createClient(authority);
    const without = await bench.startFront(changes);
    const unknown = await bench.startFront({ ...changes, upstream: credentials(stranger) }, { key: stranger.key });
    for (const front of [without, unknown]) expect(await front.send()).toMatchObject({ status: 502 });
    expect(without.outcomes).toMatchObject([{ verdict: "ORIGIN_REFUSED_CLIENT_CERT" }]);
    expect(unknown.outcomes).toMatchObject([{ verdict: "ORIGIN_PROTOCOL_ERROR" }]);
    expect(origin.seen).toEqual([]);
  });

  it.skipIf(!hasOpenssl)("with an alert after the handshake, as TLS 1.3 has it, is told by its alert", async () => {
    const port = await startOpenssl();
    const changes = { tls: someTls, originHttpsPort: port, originTls: trust() };
    const stranger = await createClient(authority);
    for (const client of [null, stranger]) {
      const front = await bench.startFront({ ...changes, upstream: client && credentials(client) }, { key: client?.key });
      expect(await front.send()).toMatchObject({ status: 502 });
      expect(front.outcomes).toMatchObject([{ verdict: "ORIGIN_REFUSED_CLIENT_CERT" }]);
    }
    const known = await bench.startFront({ ...changes, upstream: credentials(clientA) }, { key: clientA.key });
    expect(await known.send()).toMatchObject({ status: 200 });
  });

  /** A server that, unlike Node's, refuses by alert. */
  async function startOpenssl(): Promise<number> {
    const folder = await mkdtemp(join(tmpdir(), "tessera-"));
    await writeFile(join(folder, "server.pem"), server.bundle);
    await writeFile(join(folder, "clients.pem"), clients.certificate);
    const files = ["-cert", "server.pem", "-key", "server.pem", "-CAfile", "clients.pem"];
    const child = spawn("openssl", ["s_server", "-accept", "127.0.0.1:0", ...files, "-Verify", "2", "-verify_return_error", "-www"], {
      cwd: folder,
      stdio: ["pipe", "pipe", "ignore"],
    });
    onTestFinished(async () => {
      child.kill();
      await rm(folder, { recursive: true });
    });
    for await (const line of createInterface(child.stdout)) {
      const port = /^ACCEPT .*:(\d+)$/.exec(line)?.[1];
      if (port !== undefined) return Number(port);
    }
    throw new Error("openssl did not start");
  }
});

describe("credentials for an origin that cannot be used", () => {
  const dialer = createDialer({ originAllow: [], productPorts: () => [] });
  it.each([
    ["no key", () => ({ upstream: credentials(clientA) }), null],
    ["another certificate's key", () => ({ upstream: credentials(clientA) }), () => clientB.key],
    ["an empty list of CAs", () => ({ originTls: { isVerified: true, ca: [], serverName: "origin.test" } }), null],
  ] as const)("%s: the site fails closed", (_name, changes, key) => {
    const compiled = compiledSite({ tls: someTls, ...changes() });
    expect(() => createUpstream({ compiled, upstreamKey: key === null ? null : key(), dialer })).toThrow(
      expect.objectContaining({ code: "upstream.unusable" }),
    );
  });

  it("a key object is as good as its text", () => {
    const compiled = compiledSite({ tls: someTls, upstream: credentials(clientA) });
    createUpstream({ compiled, upstreamKey: clientA.keys.privateKey, dialer }).destroy();
  });
});
