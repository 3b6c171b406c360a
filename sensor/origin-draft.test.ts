import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createBench } from "#e2e/forwarder.ts";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { type OriginReport, type OriginTestInput, originSettingsSchema, originTest } from "#lib/channel/origin-test.ts";
import { askSensor } from "#lib/console/ask-sensor.ts";
import type { Result } from "#lib/site/problem.ts";
import { codesOf } from "#lib/store/store-fixture.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";

// The whole way: the console's question over the socket, the real store and keyring, a real origin.

const bench = createBench();
afterEach(() => bench.close());

let rig: Rig;
let origins: Identity;
let clients: Identity;
let own: Identity;
let foreign: Identity;
let mine: { siteId: string; revision: number };
let theirs: { siteId: string; revision: number };

beforeAll(async () => {
  rig = await startRig();
  origins = await createAuthority({ commonName: "Origin CA" });
  clients = await createAuthority({ commonName: "Client CA" });
  own = await createClient(clients, { commonName: "own" });
  foreign = await createClient(clients, { commonName: "foreign" });
  mine = await rig.save({ ...(await siteNamed("mine.test")), upstream: own });
  theirs = await rig.save({ ...(await siteNamed("theirs.test")), upstream: foreign });
}, 60_000);
afterAll(() => rig[Symbol.asyncDispose]());

async function siteNamed(hostName: string) {
  return { hostName, authority: origins, origin: "127.0.0.1", originCaCertificates: origins.certificate, originServerName: "origin.test" };
}

/** A demanding origin that notes whom it saw. */
async function startOrigin() {
  const server = await createServer(origins, ["origin.test"]);
  const seen: string[] = [];
  const { port } = await bench.startServer(
    (request, response) => {
      const { subject } = (request.socket as import("node:tls").TLSSocket).getPeerCertificate();
      seen.push(String(subject.CN));
      response.end();
    },
    { cert: server.certificate, key: server.key, ca: clients.certificate, requestCert: true, rejectUnauthorized: true },
  );
  return { port, seen };
}

/** What the console would ask of its own site, with the stored certificate; each question comes from a minute of its own. */
async function inputFor(port: number, changes: Partial<OriginTestInput> = {}): Promise<OriginTestInput> {
  const stored = await rig.store.sites.get(rig.tenantId, mine.siteId);
  if (!stored?.site.ok) throw new Error("the site is stored");
  const settings = { ...originSettingsSchema.parse(stored.site.value), originHttpsPort: port };
  return { siteId: mine.siteId, settings, credentials: { kind: "stored", revision: mine.revision }, ...changes };
}

function ask(input: OriginTestInput, changes: { tenantId?: string; secret?: Identity } = {}): Promise<Result<OriginReport>> {
  const { tenantId = rig.tenantId, secret } = changes;
  const plain = secret?.keys.privateKey.export({ type: "pkcs8", format: "der" });
  const sealed = plain ? { secret: { recipient: rig.keyring.current, plain } } : {};
  return askSensor({ kind: ["origin.test", originTest], tenantId, input, dataDir: rig.dataDir, ...sealed });
}

const credentialsOf = ({ certificate, publicKey }: Identity) => ({ certificates: certificate, publicKey: publicKey.toString("base64") });

describe("a stored client certificate", () => {
  it("is shown with the key that the sensor reads itself", async () => {
    const { port, seen } = await startOrigin();
    expect(await ask(await inputFor(port))).toMatchObject({ ok: true, value: { found: [{ outcome: "asks-and-accepts" }] } });
    expect(seen).toEqual(["own"]);
  });

  it.each<[what: string, changes: () => Partial<OriginTestInput>, tenant: () => string, code: string]>([
    ["of a site of another tenant", () => ({}), () => randomUUID(), "site.not-found"],
    ["of no site", () => ({ siteId: null }), () => rig.tenantId, "site.stale"],
    ["of a site that is not there", () => ({ siteId: randomUUID() }), () => rig.tenantId, "site.not-found"],
    ["of another site, under this one's name", () => ({ siteId: theirs.siteId }), () => rig.tenantId, "host-name.fixed"],
    [
      "of a revision that is not the current one",
      () => ({ credentials: { kind: "stored", revision: 7 } }),
      () => rig.tenantId,
      "site.stale",
    ],
  ])("%s is not used", async (_, changes, tenant, code) => {
    const { port, seen } = await startOrigin();
    // A tenant has so many questions a minute: these are refused before anything is dialled, and count all the same.
    expect(codesOf(await ask(await inputFor(port, changes()), { tenantId: tenant() }))).toEqual([code]);
    expect(seen).toEqual([]);
  });
});

describe("a key that is pasted", () => {
  const pasted = (identity: Identity): Partial<OriginTestInput> => ({
    siteId: null,
    credentials: { kind: "pasted", credentials: credentialsOf(identity) },
  });

  it("is used for the one question it came with, and stored nowhere", async () => {
    const { port, seen } = await startOrigin();
    const fresh = await createClient(clients, { commonName: "pasted" });
    const result = await ask(await inputFor(port, pasted(fresh)), { tenantId: randomUUID(), secret: fresh });
    expect(result).toMatchObject({ ok: true, value: { found: [{ outcome: "asks-and-accepts" }] } });
    expect(seen).toEqual(["pasted"]);
    expect(await rig.store.keys.list(rig.tenantId, mine.siteId)).toHaveLength(2);
    expect(JSON.stringify(rig.log)).not.toContain(fresh.key.split("\n")[1]);
  });

  it("must come: the public half of another site's certificate opens no stored key", async () => {
    const { port, seen } = await startOrigin();
    const input = await inputFor(port, { credentials: { kind: "pasted", credentials: credentialsOf(foreign) } });
    expect(codesOf(await ask(input))).toEqual(["key.missing"]);
    expect(codesOf(await ask(input, { secret: own }))).toEqual(["key.mismatch"]);
    expect(seen).toEqual([]);
  });
});
