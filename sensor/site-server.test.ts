import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createNetServer } from "node:net";
import { getCACertificates, type Server, setDefaultCACertificates, type TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { readCertificate } from "#lib/pki/certificate.ts";
import { readPem } from "#lib/pki/pem.ts";
import { type CompiledSite, compileSite } from "#lib/site/compile.ts";
import { newSite } from "#lib/site/schema.ts";
import { listenLocally, openTls } from "#sensor/client-fixture.ts";
import { deadlines } from "#sensor/deadlines.ts";
import type { Identity as JudgedIdentity } from "#sensor/identity.ts";
import { bytesInUse } from "#sensor/memory-fixture.ts";
import { createSiteServer, type Judged, type SiteServer, type SiteServerOptions } from "#sensor/site-server.ts";

const hostName = "anchored.test";
const versions = ["TLSv1.2", "TLSv1.3"] as const;

let root: Identity;
let intermediate: Identity;
let sibling: Identity;
let certificate: Identity;
const closers: (() => void)[] = [];

beforeAll(async () => {
  root = await createAuthority({ commonName: "Client Root" });
  intermediate = await createAuthority({ commonName: "Client Intermediate", issuer: root });
  sibling = await createAuthority({ commonName: "Sibling Intermediate", issuer: root });
  certificate = await createServer(await createAuthority(), [hostName]);
});
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function compile(anchors: Identity[] | null): CompiledSite {
  const site = {
    ...newSite,
    hostName,
    origin: "127.0.0.1",
    isSslEnabled: true,
    sslCredentials: { certificates: certificate.certificate, publicKey: certificate.publicKey.toString("base64") },
    isDownstreamMtls: anchors !== null,
    downstreamMtlsCredentials: anchors?.map((anchor) => anchor.certificate).join("") ?? "",
  };
  const compiled = compileSite(site, new Date());
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.value;
}

/** A port that feeds one server by hand, as the dispatcher does. */
async function feed(server: Server): Promise<number> {
  const front = createNetServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (bytes) => {
      socket.pause();
      socket.unshift(bytes);
      server.emit("connection", socket);
    });
  });
  closers.push(() => front.close());
  return listenLocally(front);
}

type Seen = JudgedIdentity | null;
const onHandshakeFailure = () => {};

async function serve(compiled: CompiledSite): Promise<{ port: number; seen: Seen[]; server: SiteServer }> {
  const seen: Seen[] = [];
  const http = createHttpServer((_request, response) => response.end("ok"));
  const onSecure = (socket: TLSSocket, { identity }: Judged) => {
    seen.push(identity);
    http.emit("connection", socket);
  };
  const options: SiteServerOptions = {
    compiled,
    key: certificate.keys.privateKey,
    deadlines,
    isObserving: true,
    onSecure,
    onHandshakeFailure,
  };
  const server = await createSiteServer(options);
  return { port: await feed(server), seen, server };
}

async function verdict(anchors: Identity[], options: { client?: Identity; chain?: Identity[] }, version: (typeof versions)[number]) {
  const { port, seen } = await serve(compile(anchors));
  const client = await openTls({ port, servername: hostName, version, ...options });
  await client.get("/", hostName);
  client.socket.destroy();
  return seen[0]?.verdict;
}

it.each(versions)("a server that gives its memory back leaves the connections that it has made alone (%s)", async (version) => {
  for (const anchors of [null, [root]]) {
    const { port, server } = await serve(compile(anchors));
    const client = await openTls({ port, servername: hostName, version, client: await createClient(root) });
    expect((await client.get("/", hostName)).status).toBe(200);
    server.dispose();
    bytesInUse();
    expect((await client.get("/", hostName)).status).toBe(200);
    client.socket.destroy();
  }
});

describe.each(versions)("a trust list over %s", (version) => {
  it("lets an intermediate alone be the anchor, whether the client sends it or not", async () => {
    const client = await createClient(intermediate);
    expect(await verdict([intermediate], { client }, version)).toBe("CLIENT_CERT_VERIFIED");
    expect(await verdict([intermediate], { client, chain: [intermediate] }, version)).toBe("CLIENT_CERT_VERIFIED");
  });

  it("does not trust what stands beside or above an intermediate that is the only anchor", async () => {
    const beside = { client: await createClient(sibling), chain: [sibling] };
    const above = { client: await createClient(root), chain: [root] };
    expect(await verdict([intermediate], beside, version)).toBe("CLIENT_CERT_UNTRUSTED");
    expect(await verdict([intermediate], above, version)).toBe("CLIENT_CERT_UNTRUSTED");
  });

  it("trusts both branches when the root is there", async () => {
    expect(await verdict([root, intermediate], { client: await createClient(intermediate) }, version)).toBe("CLIENT_CERT_VERIFIED");
    expect(await verdict([root, intermediate], { client: await createClient(sibling), chain: [sibling] }, version)).toBe(
      "CLIENT_CERT_VERIFIED",
    );
  });

  it("does not take an authority's own certificate for a client", async () => {
    expect(await verdict([intermediate], { client: intermediate }, version)).toBe("CLIENT_CERT_WRONG_PURPOSE");
  });

  it("shows what the obvious server does with the same intermediate: refuse everybody", async () => {
    const client = await createClient(intermediate);
    const server = createHttpsServer({
      cert: certificate.certificate,
      key: certificate.key,
      ca: [intermediate.certificate],
      requestCert: true,
      rejectUnauthorized: false,
      ...{ allowPartialTrustChain: true },
    });
    const authorized = once(server, "secureConnection").then(([socket]) => (socket as TLSSocket).authorized);
    const raw = await openTls({ port: await feed(server), servername: hostName, version, client });
    expect(await authorized).toBe(false);
    raw.socket.destroy();
  });
});

describe("a trust list that must not be", () => {
  /** What compileSite would never hand out, as if a later change of it had a hole. */
  function withAnchors(anchors: Identity[]): CompiledSite {
    const certificates = anchors.flatMap((anchor) => {
      const [block] = readPem(anchor.certificate).blocks;
      const reading = block ? readCertificate(block) : null;
      return reading !== null && "certificate" in reading ? [reading.certificate] : [];
    });
    return { ...compile([root]), downstream: { anchors: certificates, anchorsPem: anchors.map((anchor) => anchor.certificate) } };
  }

  it("is refused when empty: the platform would ask its public roots", async () => {
    await expect(serve(withAnchors([]))).rejects.toMatchObject({ code: "mtls.no-trust" });
  });

  it("is refused when it holds a leaf, which would vouch for itself", async () => {
    const leaf = await createClient(root);
    await expect(serve(withAnchors([leaf]))).rejects.toMatchObject({ code: "mtls.no-trust" });
    await expect(serve(withAnchors([root, leaf]))).rejects.toMatchObject({ code: "mtls.no-trust" });
  });
});

describe("a site without downstream mTLS", () => {
  it("asks nobody for a certificate and judges none", async () => {
    const { port, seen } = await serve(compile(null));
    const raw = await openTls({ port, servername: hostName, client: await createClient(root) });
    await raw.get("/", hostName);
    expect(seen).toEqual([null]);
    raw.socket.destroy();
  });
});

describe("an observed site", () => {
  function observe(authorities: Identity[]): CompiledSite {
    const { downstream: anchors } = authorities.length === 0 ? { downstream: null } : compile(authorities);
    return { ...compile(null), observation: { until: 0, anchors: anchors?.anchors ?? [], anchorsPem: anchors?.anchorsPem ?? [] } };
  }
  async function judgedBy(options: Pick<SiteServerOptions, "compiled"> & Partial<SiteServerOptions>, client: Identity): Promise<Judged> {
    const judged = new Promise<Judged>((resolve, reject) => {
      const onSecure = (socket: TLSSocket, found: Judged) => {
        resolve(found);
        socket.destroy();
      };
      const made = { key: certificate.keys.privateKey, deadlines, isObserving: true, onSecure, onHandshakeFailure, ...options };
      createSiteServer(made)
        .then(feed)
        .then((port) => openTls({ port, servername: hostName, client }).catch(() => {}))
        .catch(reject);
    });
    return judged;
  }

  it("gives nobody an identity to be admitted by, whoever was seen", async () => {
    const { identity, seen, evidence } = await judgedBy({ compiled: observe([root]) }, await createClient(root));
    expect([identity, seen?.verdict, evidence.isAuthorized]).toEqual([null, "CLIENT_CERT_VERIFIED", true]);
  });

  it("asks nobody once its time is over", async () => {
    const compiled = observe([root]);
    expect(await judgedBy({ compiled, isObserving: false }, await createClient(root))).toMatchObject({
      identity: null,
      seen: null,
      evidence: { leaf: null },
    });
  });

  it("never demands less of a site with downstream mTLS, whatever else it is said to be", async () => {
    const compiled = { ...compile([root]), observation: observe([]).observation };
    const stranger = await createClient(await createAuthority());
    expect(await judgedBy({ compiled }, stranger)).toMatchObject({ identity: { verdict: "CLIENT_CERT_UNTRUSTED" } });
  });

  it("asks no public root about a client where it has no CA, as the platform would without a list", async () => {
    const systemRoots = getCACertificates("default");
    const publicRoot = await createAuthority({ commonName: "Public Root" });
    const anybody = await createClient(publicRoot);
    setDefaultCACertificates([publicRoot.certificate]);
    try {
      const { evidence, seen } = await judgedBy({ compiled: observe([]) }, anybody);
      expect([evidence.isAuthorized, seen?.verdict]).toEqual([false, "CLIENT_CERT_NOT_JUDGED"]);
      const naive = createHttpsServer({
        cert: certificate.certificate,
        key: certificate.key,
        requestCert: true,
        rejectUnauthorized: false,
      });
      const authorized = once(naive, "secureConnection").then(([socket]) => (socket as TLSSocket).authorized);
      const raw = await openTls({ port: await feed(naive), servername: hostName, client: anybody });
      expect(await authorized).toBe(true);
      raw.socket.destroy();
    } finally {
      setDefaultCACertificates(systemRoots);
    }
  });

  it("refuses a list that would let a leaf vouch for itself", async () => {
    const leaf = await createClient(root);
    const [block] = readPem(leaf.certificate).blocks;
    const reading = block ? readCertificate(block) : null;
    const anchors = reading !== null && "certificate" in reading ? [reading.certificate] : [];
    const compiled = { ...compile(null), observation: { until: 0, anchors, anchorsPem: [leaf.certificate] } };
    await expect(judgedBy({ compiled }, leaf)).rejects.toMatchObject({ code: "mtls.no-trust" });
  });
});

describe("renegotiation", () => {
  it.each([[null], ["downstream"]])("is refused (%s)", async (downstream) => {
    const { port } = await serve(compile(downstream === null ? null : [root]));
    const raw = await openTls({ port, servername: hostName, version: "TLSv1.2", client: await createClient(root) });
    const failure = await new Promise<Error | null>((resolve) => {
      raw.socket.once("error", resolve);
      raw.socket.renegotiate({}, resolve);
    });
    expect(String(failure)).toMatch(/no renegotiation|ECONNRESET|closed/i);
  });

  it("is what the obvious server lets a client do", async () => {
    const server = createHttpsServer({ cert: certificate.certificate, key: certificate.key });
    const raw = await openTls({ port: await feed(server), servername: hostName, version: "TLSv1.2" });
    const failure = await new Promise<Error | null>((resolve) => raw.socket.renegotiate({}, resolve));
    expect(failure).toBeNull();
    raw.socket.destroy();
  });
});
