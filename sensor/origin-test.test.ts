import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createBench } from "#e2e/forwarder.ts";
import { createAuthority, createCertificate, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import type { OriginFound, OriginReport, OriginSettings, OriginTestInput } from "#lib/channel/origin-test.ts";
import { newSite } from "#lib/site/schema.ts";
import { accepted, codesOf } from "#lib/store/store-fixture.ts";
import { createDialer } from "#sensor/dialer.ts";
import { createOriginDraftReader } from "#sensor/origin-draft.ts";
import { createOriginTest } from "#sensor/origin-test.ts";

const bench = createBench();
afterEach(() => bench.close());

let authority: Identity;
let clients: Identity;
let server: Identity;
let client: Identity;
let stranger: Identity;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "origin-test-"));
  authority = await createAuthority({ commonName: "Origin CA" });
  clients = await createAuthority({ commonName: "Client CA" });
  server = await createServer(authority, ["origin.test"]);
  client = await createClient(clients);
  stranger = await createClient(await createAuthority({ commonName: "Some other CA" }));
  writeFileSync(path.join(folder, "server.pem"), server.certificate + server.key);
  writeFileSync(path.join(folder, "clients.pem"), clients.certificate);
});
afterAll(() => rmSync(folder, { recursive: true }));

type Options = { shown?: Identity | null; settings?: Partial<OriginSettings>; signal?: AbortSignal; productPorts?: number[] };

/** The report of a draft for one origin, by the sensor's own dialer; a test that is refused throws. */
async function test(port: number, options: Options = {}): Promise<OriginReport> {
  return accepted(await ask(port, options));
}

async function ask(port: number, { shown = client, settings = {}, signal, productPorts = [] }: Options = {}) {
  const dialer = createDialer({
    originAllow: ["127.0.0.0/8"],
    productPorts: () => productPorts,
    resolve: async () => ["127.0.0.1"],
  });
  const nobody = { sites: { get: async () => null } };
  const openKey = () => Promise.reject(new Error("no stored key is asked for"));
  const handle = createOriginTest({ dialer, readDraft: createOriginDraftReader({ store: nobody, openKey, now: () => new Date() }) });
  const { hostName, isTerminateOnly, originHttpPort, isOriginVerified, originServerName } = newSite;
  const input: OriginTestInput = {
    siteId: null,
    settings: {
      ...{ hostName, isTerminateOnly, originHttpPort, isOriginVerified, originServerName },
      ...{ hostName: "shop.test", isSslEnabled: true, origin: "origin.test", originHttpsPort: port },
      originCaCertificates: authority.certificate,
      ...settings,
    },
    credentials:
      shown === null
        ? { kind: "none" }
        : { kind: "pasted", credentials: { certificates: shown.certificate, publicKey: shown.publicKey.toString("base64") } },
  };
  const pkcs8 = shown?.keys.privateKey.export({ type: "pkcs8", format: "der" }) ?? null;
  const asking = { id: randomUUID(), tenantId: randomUUID(), signal: signal ?? AbortSignal.timeout(20_000), openSecret: async () => pkcs8 };
  return handle(input, asking);
}

async function only(report: Promise<OriginReport>): Promise<OriginFound> {
  const [found, ...others] = (await report).found;
  if (found === undefined || others.length > 0) throw new Error("exactly one destination was expected");
  return found;
}

type Version = "TLSv1.2" | "TLSv1.3";
const versions: Version[] = ["TLSv1.2", "TLSv1.3"];

/** A real origin of Node's; `asks` is how it treats client certificates. */
async function startOrigin(
  asks: "never" | "optional" | "demands",
  options: { version?: Version; identity?: Identity; answer?: typeof sayHello } = {},
) {
  const { version, identity = server, answer = sayHello } = options;
  const seen: (string | null)[] = [];
  const requests: IncomingMessage[] = [];
  const { port } = await bench.startServer(
    (request, response) => {
      requests.push(request);
      const name = (request.socket as TLSSocket).getPeerCertificate?.().subject?.CN;
      seen.push(name === undefined ? null : String(name));
      answer(request, response);
    },
    {
      cert: identity.certificate,
      key: identity.key,
      ...(asks === "never" ? {} : { ca: clients.certificate, requestCert: true, rejectUnauthorized: asks === "demands" }),
      ...(version === undefined ? {} : { minVersion: version, maxVersion: version }),
    },
  );
  return { port, seen, requests };
}

function sayHello(_: IncomingMessage, response: ServerResponse): void {
  response.end("the origin's own words");
}

/** OpenSSL's own server, which says by an alert why it refuses. */
async function startOpenssl(version: Version, args: string[]): Promise<number> {
  const child: ChildProcess = spawn(
    "openssl",
    ["s_server", "-accept", "127.0.0.1:0", "-cert", "server.pem", "-www", version === "TLSv1.2" ? "-tls1_2" : "-tls1_3", ...args],
    { cwd: folder, stdio: ["pipe", "pipe", "ignore"] },
  );
  onTestFinished(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  if (child.stdout === null) throw new Error("openssl says nothing");
  for await (const line of createInterface(child.stdout)) {
    const port = /^ACCEPT .*:(\d+)$/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error("openssl did not start");
}

describe.each(versions)("an origin that speaks %s", (version) => {
  it("asks and accepts", async () => {
    const { port, seen } = await startOrigin("demands", { version });
    expect(await only(test(port))).toMatchObject({
      outcome: "asks-and-accepts",
      verdict: "ORIGIN_OK",
      statusWith: 200,
      statusWithout: null,
      address: "127.0.0.1",
      tls: { version, isAsked: true, authorities: ["CN=Client CA"], authorityCount: 1, isNameRight: true, isVerified: true, fault: null },
    });
    expect(seen).toEqual(["partner-17"]);
  });

  it("asks and refuses a certificate of a CA it does not know", async () => {
    const { port } = await startOrigin("demands", { version });
    expect(await only(test(port, { shown: stranger }))).toMatchObject({
      outcome: "asks-and-refuses",
      verdict: "ORIGIN_REFUSED_CLIENT_CERT",
      statusWith: null,
    });
  });

  it("never asks, so that upstream mTLS protects nothing", async () => {
    const { port, seen } = await startOrigin("never", { version });
    expect(await only(test(port))).toMatchObject({ outcome: "never-asks", statusWith: 200, statusWithout: 200, tls: { isAsked: false } });
    expect(seen).toEqual([null, null]);
  });

  it("asks and lets callers in without a certificate as well", async () => {
    const { port, seen } = await startOrigin("optional", { version });
    expect(await only(test(port))).toMatchObject({ outcome: "accepts-without", tls: { isAsked: true } });
    expect(seen).toEqual([null, "partner-17"]);
  });

  it("demands a certificate while Upstream mTLS is off", async () => {
    const { port } = await startOrigin("demands", { version });
    const report = await test(port, { shown: null });
    expect(report.hasCertificate).toBe(false);
    expect(report.found).toMatchObject([{ outcome: "demands-certificate", statusWith: null }]);
  });

  it("answers one exchange while Upstream mTLS is off", async () => {
    const { port, seen } = await startOrigin("never", { version });
    expect(await only(test(port, { shown: null }))).toMatchObject({ outcome: "answers", statusWithout: 200 });
    expect(seen).toHaveLength(1);
  });

  it.runIf(spawnSync("openssl", ["version"]).status === 0)("says the alert of one that refuses, in its own words", async () => {
    const demanding = ["-Verify", "3", "-verify_return_error", "-CAfile", "clients.pem"];
    const port = await startOpenssl(version, demanding);
    expect(await only(test(port))).toMatchObject({
      outcome: "asks-and-accepts",
      reason: version === "TLSv1.3" ? "certificate_required" : "handshake_failure",
    });
    expect(await only(test(port, { shown: stranger }))).toMatchObject({ outcome: "asks-and-refuses", reason: "unknown_ca" });
    const expired = await createClient(clients, { notBefore: new Date("2020-01-01"), notAfter: new Date("2020-02-01") });
    expect(await only(test(port, { shown: expired }))).toMatchObject({ outcome: "asks-and-refuses", reason: "certificate_expired" });
  });
});

describe("an origin that answers in HTTP alone", () => {
  const nginx = (request: IncomingMessage, response: ServerResponse) => {
    const { authorized, getPeerCertificate } = request.socket as TLSSocket;
    const isShown = getPeerCertificate.call(request.socket).subject !== undefined;
    const sentence = isShown ? "The SSL certificate error" : "No required SSL certificate was sent";
    response.writeHead(authorized ? 200 : 400).end(authorized ? "hello" : `<center>${sentence}</center>`);
  };

  it("as nginx does, accepts the certificate", async () => {
    const { port } = await startOrigin("optional", { answer: nginx });
    expect(await only(test(port))).toMatchObject({ outcome: "asks-and-accepts", statusWith: 200, statusWithout: 400 });
  });

  it("as nginx does, refuses the certificate", async () => {
    const { port } = await startOrigin("optional", { answer: nginx });
    expect(await only(test(port, { shown: stranger }))).toMatchObject({ outcome: "asks-and-refuses", statusWith: 400 });
  });

  it("forbids callers without one", async () => {
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      void response.writeHead((request.socket as TLSSocket).authorized ? 200 : 403).end();
    const { port } = await startOrigin("optional", { answer });
    expect(await only(test(port))).toMatchObject({ outcome: "asks-and-accepts", statusWith: 200, statusWithout: 403 });
  });

  it("forbids everybody: whether it accepts the certificate cannot be told", async () => {
    const { port } = await startOrigin("optional", { answer: (_, response) => void response.writeHead(403).end() });
    expect(await only(test(port))).toMatchObject({ outcome: "cannot-tell", statusWith: 403, statusWithout: 403 });
  });
});

describe("an origin's own certificate", () => {
  it("is shown as it was sent, with its intermediates, also after it was accepted", async () => {
    const intermediate = await createAuthority({ commonName: "Origin Intermediate", issuer: authority });
    const leaf = await createServer(intermediate, ["origin.test"]);
    const chained = { ...leaf, certificate: leaf.certificate + intermediate.certificate };
    const { port } = await startOrigin("never", { identity: chained });
    const found = await only(test(port));
    expect(found.tls?.chain.map(({ commonName }) => commonName)).toEqual(["origin.test", "Origin Intermediate"]);
    expect(found.tls).toMatchObject({ isNameRight: true, fault: null });
  });

  const bad: [what: string, make: () => Promise<Identity>, verdict: string, tls: object][] = [
    [
      "that has expired",
      () => createServer(authority, ["origin.test"], { notBefore: new Date("2020-01-01"), notAfter: new Date("2020-02-01") }),
      "ORIGIN_CERT_EXPIRED",
      { isNameRight: true, fault: "CERT_HAS_EXPIRED" },
    ],
    [
      "with another name",
      () => createServer(authority, ["other.test"]),
      "ORIGIN_CERT_NAME_MISMATCH",
      { isNameRight: false, fault: "ERR_TLS_CERT_ALTNAME_INVALID" },
    ],
    ["of a CA that is not trusted", async () => createServer(clients, ["origin.test"]), "ORIGIN_CERT_UNTRUSTED", { isNameRight: true }],
    [
      "signed by itself",
      () => createCertificate({ commonName: "origin.test", names: ["origin.test"] }),
      "ORIGIN_CERT_UNTRUSTED",
      { isNameRight: true },
    ],
  ];

  it.each(bad)("%s fails the test as it would fail a request, and is shown nothing", async (_, make, verdict, tls) => {
    const { port, seen } = await startOrigin("optional", { identity: await make() });
    const found = await only(test(port));
    expect(found).toMatchObject({ outcome: "failed", verdict, statusWith: null, statusWithout: null, tls: { ...tls, isAsked: true } });
    expect(found.tls?.chain.length).toBeGreaterThan(0);
    expect(seen).toEqual([]);
  });

  it.each(bad)("%s is said also while it is not verified", async (_, make, _verdict, tls) => {
    const { port } = await startOrigin("demands", { identity: await make() });
    const found = await only(test(port, { settings: { isOriginVerified: false } }));
    expect(found).toMatchObject({
      outcome: "asks-and-accepts",
      tls: { isVerified: false, isNameRight: (tls as { isNameRight: boolean }).isNameRight },
    });
  });
});

describe("what is no origin", () => {
  it.each([
    ["speaks no TLS", async () => (await bench.startServer(sayHello)).port, "ORIGIN_PROTOCOL_ERROR"],
    ["closes at once", async () => (await bench.startRaw((socket) => void socket.destroy())).port, "ORIGIN_PROTOCOL_ERROR"],
    ["is not there", async () => 9, "ORIGIN_UNREACHABLE"],
  ])("%s", async (_, start, verdict) => {
    expect(await only(test(await start()))).toMatchObject({ outcome: "failed", verdict, tls: null });
  });

  it("stays silent: the test ends with the patience of whoever asks", async () => {
    const { port } = await bench.startRaw(() => {});
    const found = await only(test(port, { signal: AbortSignal.timeout(100) }));
    expect(found).toMatchObject({ outcome: "failed", verdict: "ORIGIN_TIMEOUT", address: "127.0.0.1" });
  });

  it("answers the handshake and then nothing more", async () => {
    const { port } = await startOrigin("never", { answer: () => {} });
    const found = await only(test(port, { signal: AbortSignal.timeout(300) }));
    expect(found).toMatchObject({ outcome: "failed", verdict: "ORIGIN_TIMEOUT", tls: { isNameRight: true } });
  });
});

describe("the request of a test", () => {
  it("is one GET of / that says who it is, and follows no redirect", async () => {
    const elsewhere = await startOrigin("never");
    const answer = (_: IncomingMessage, response: ServerResponse) =>
      void response.writeHead(302, { Location: `https://origin.test:${elsewhere.port}/` }).end();
    const { port, requests } = await startOrigin("demands", { answer });
    expect(await only(test(port))).toMatchObject({ outcome: "asks-and-accepts", statusWith: 302 });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: "GET",
      url: "/",
      headers: { host: "shop.test", "user-agent": "Tessera (test of the origin)" },
    });
    expect(requests[0]?.headers["cdn-loop"]).toMatch(/^tessera-/);
    expect(elsewhere.requests).toHaveLength(0);
  });

  it("takes no more of an endless answer than it needs, and tells none of it", async () => {
    const answer = (_: IncomingMessage, response: ServerResponse) => {
      const more = () => void (response.destroyed || response.write("the origin's secret ".repeat(500), () => setImmediate(more)));
      more();
    };
    const { port } = await startOrigin("never", { answer });
    const report = await test(port);
    expect(report.found[0]).toMatchObject({ outcome: "never-asks", statusWith: 200 });
    expect(JSON.stringify(report)).not.toContain("secret");
  });

  it("counts the head as the answer when the body breaks off", async () => {
    const answer = (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, { "content-length": 100 }).write("half", () => response.destroy());
    };
    const { port } = await startOrigin("optional", { answer });
    expect(await only(test(port))).toMatchObject({ outcome: "accepts-without", statusWith: 200, statusWithout: 200 });
  });

  it("shows no certificate where nothing of TLS is left", async () => {
    const { port } = await bench.startServer(sayHello);
    const report = await test(9, { settings: { isTerminateOnly: true, originHttpPort: port } });
    expect(report).toMatchObject({ hasCertificate: false, found: [{ outcome: "answers-in-plain", statusWith: null }] });
  });

  it("goes in plain HTTP to the other port where serving does", async () => {
    const { port } = await bench.startServer(sayHello);
    const settings = { isTerminateOnly: true, originHttpPort: port };
    expect(await test(9, { shown: null, settings })).toMatchObject({
      port,
      hasCertificate: false,
      found: [{ outcome: "answers-in-plain", verdict: "ORIGIN_OK", statusWithout: 200, tls: null }],
    });
  });

  it("goes to each address by itself", async () => {
    const { port } = await startOrigin("demands");
    const settings = { origin: "127.0.0.1, 127.0.0.2", originServerName: "origin.test" };
    const { found } = await test(port, { settings });
    expect(found).toMatchObject([
      { destination: "127.0.0.1", outcome: "asks-and-accepts" },
      { destination: "127.0.0.2", outcome: "failed", verdict: "ORIGIN_UNREACHABLE" },
    ]);
  });
});

describe("where a test may not go", () => {
  it.each([
    ["an address that ORIGIN_ALLOW does not hold", { origin: "169.254.169.254" }],
    ["the unspecified address", { origin: "0.0.0.0" }],
    ["IPv6's loopback, not allowed here", { origin: "::1" }],
  ])("%s", async (_, settings) => {
    expect(await only(test(443, { settings }))).toMatchObject({
      outcome: "failed",
      verdict: "ORIGIN_UNREACHABLE",
      address: null,
      reason: expect.stringContaining("dial.forbidden"),
    });
  });

  it("one of the product's own ports", async () => {
    const { port, requests } = await startOrigin("never");
    const found = await only(test(port, { productPorts: [port] }));
    expect(found).toMatchObject({ outcome: "failed", verdict: "ORIGIN_UNREACHABLE", reason: expect.stringContaining("own ports") });
    expect(requests).toHaveLength(0);
  });
});

describe("a draft that could not be saved", () => {
  it.each([
    ["without an origin", { origin: "" }, ["origin.missing"]],
    ["without a host name, which the request carries", { hostName: "" }, ["host-name.missing"]],
    ["with a CA bundle that holds none", { originCaCertificates: "nothing" }, expect.arrayContaining([expect.stringMatching(/^pem\./)])],
  ])("%s is not tested", async (_, settings, codes) => {
    const { port, requests } = await startOrigin("never");
    const result = await ask(port, { settings });
    expect(codesOf(result).filter((code) => code !== "")).toEqual(codes);
    expect(requests).toHaveLength(0);
  });

  it("whose key came for another certificate is not tested", async () => {
    const { port, requests } = await startOrigin("demands");
    const mixed = { ...client, keys: stranger.keys };
    expect(codesOf(await ask(port, { shown: mixed }))).toEqual(["key.mismatch"]);
    expect(requests).toHaveLength(0);
  });
});
