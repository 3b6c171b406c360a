import { createServer as createHttpsServer } from "node:https";
import { createSecureContext, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { type ClientOptions, listenLocally, openTls, type RawClient } from "#sensor/client-fixture.ts";
import { judgeIdentity } from "#sensor/identity.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";

const versions = ["TLSv1.2", "TLSv1.3"] as const;
type Version = (typeof versions)[number];

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
  await rig.save({ hostName: "open.test", authority });
  await rig.save({ hostName: "a.test", authority, downstream: [partners] });
  await rig.save({ hostName: "b.test", authority, downstream: [others] });
});
afterAll(() => rig[Symbol.asyncDispose]());

/** Connects, makes one request so that TLS 1.3 tickets arrive, and answers the session a client would keep. */
async function takeSession(options: Omit<ClientOptions, "port">): Promise<Buffer | undefined> {
  const client = await openTls({ port: rig.ports.SENSOR_HTTPS_PORT, ...options });
  let session = client.socket.getSession();
  client.socket.on("session", (ticket) => {
    session = ticket;
  });
  await client.get("/", options.servername);
  client.socket.destroy();
  await client.closed;
  return session;
}

async function resume(session: Buffer | undefined, options: Omit<ClientOptions, "port">): Promise<{ isReused: boolean; status: number }> {
  let client: RawClient<TLSSocket>;
  try {
    client = await openTls({ port: rig.ports.SENSOR_HTTPS_PORT, session, ...options });
  } catch {
    return { isReused: false, status: 0 };
  }
  const isReused = client.socket.isSessionReused();
  const { status } = await client.get("/", options.servername);
  client.socket.destroy();
  return { isReused, status };
}

describe.each(versions)("over %s", (version: Version) => {
  it("no session of a site with downstream mTLS is ever resumed, not even by its own client", async () => {
    const session = await takeSession({ servername: "a.test", version, client: partner });
    expect(await resume(session, { servername: "a.test", version, client: partner })).toEqual({ isReused: false, status: 200 });
    expect(await resume(session, { servername: "a.test", version })).toEqual({ isReused: false, status: 403 });
  });

  it("a session of one site opens no other", async () => {
    const session = await takeSession({ servername: "a.test", version, client: partner });
    const { isReused, status } = await resume(session, { servername: "b.test", version, client: partner });
    expect(isReused).toBe(false);
    expect([0, 403]).toContain(status);
  });

  it("a session of an open site opens no site with downstream mTLS", async () => {
    const session = await takeSession({ servername: "open.test", version });
    const { isReused, status } = await resume(session, { servername: "a.test", version });
    expect(isReused).toBe(false);
    expect([0, 403]).toContain(status);
  });

  it("an open site's own sessions are resumed, which is what makes the others' refusal mean something", async () => {
    const session = await takeSession({ servername: "open.test", version });
    expect(await resume(session, { servername: "open.test", version })).toEqual({ isReused: true, status: 200 });
  });

  it("a session made before a CA was removed does not open the site after", async () => {
    const hostName = `swap-${version.at(-1)}.test`;
    const { siteId } = await rig.save({ hostName, authority, downstream: [partners] });
    const session = await takeSession({ servername: hostName, version, client: partner });
    await rig.save({ siteId, hostName, authority, downstream: [others] });
    expect(await resume(session, { servername: hostName, version, client: partner })).toEqual({ isReused: false, status: 403 });
  });

  it("a session made while the site was open does not open it once downstream mTLS is on", async () => {
    const hostName = `closing-${version.at(-1)}.test`;
    const { siteId } = await rig.save({ hostName, authority });
    const session = await takeSession({ servername: hostName, version });
    await rig.save({ siteId, hostName, authority, downstream: [partners] });
    const { isReused, status } = await resume(session, { servername: hostName, version });
    expect(isReused).toBe(false);
    expect([0, 403]).toContain(status);
  });

  it("the obvious server still believes an old session after its CAs were swapped; the verdict on it is no", async () => {
    const certificate = await createServer(authority, ["naive.test"]);
    const tls = { cert: certificate.certificate, key: certificate.key };
    let context = createSecureContext({ ...tls, ca: [partners.certificate] });
    const server = createHttpsServer(
      { ...tls, requestCert: true, rejectUnauthorized: false, SNICallback: (_name, callback) => callback(null, context) },
      (_request, response) => response.end(),
    );
    const port = await listenLocally(server);
    const secured: { isAuthorized: boolean; isReused: boolean; verdict: string }[] = [];
    server.on("secureConnection", (socket: TLSSocket) => {
      const leaf = socket.getPeerX509Certificate() ?? null;
      const evidence = { isAuthorized: socket.authorized, isReused: socket.isSessionReused(), code: null, leaf, presented: [] };
      secured.push({ ...evidence, verdict: judgeIdentity(evidence, []).verdict });
    });
    const session = await keepSession(port);
    context = createSecureContext({ ...tls, ca: [others.certificate] });
    const second = await openTls({ port, servername: "naive.test", version, client: partner, session });
    await second.get("/", "naive.test");
    expect(secured[1]).toMatchObject({ isAuthorized: true, isReused: true, verdict: "CLIENT_CERT_INVALID" });
    second.socket.destroy();
    server.close();
  });

  async function keepSession(port: number): Promise<Buffer | undefined> {
    const client = await openTls({ port, servername: "naive.test", version, client: partner });
    let session = client.socket.getSession();
    client.socket.on("session", (ticket) => {
      session = ticket;
    });
    await client.get("/", "naive.test");
    client.socket.destroy();
    return session;
  }
});
