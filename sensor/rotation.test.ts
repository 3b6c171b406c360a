import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { addKey, keepNewestKey, openKeyring } from "#lib/store/keyring.ts";
import { rotateKeyring } from "#lib/store/rotate-keyring.ts";
import { openKey, sealKey } from "#lib/store/seal.ts";
import { fingerprintOf } from "#lib/store/sealed-keys.ts";
import { fetchTls } from "#sensor/client-fixture.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";

const hostName = "rotated.test";
let certificate: Identity;
let upstream: Identity;

beforeAll(async () => {
  const authority = await createAuthority();
  certificate = await createServer(authority, [hostName]);
  upstream = await createClient(authority);
});

const keyFile = (rig: Rig) => path.join(rig.dataDir, "secrets.key");
const idsIn = (rig: Rig) => openKeyring(keyFile(rig)).keys.map(({ id }) => id);
const statusOf = async (rig: Rig) => (await fetchTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: hostName })).status;
const everyByte = ({ dataDir }: Rig) => {
  const files = readdirSync(dataDir, { withFileTypes: true }).filter((entry) => entry.isFile());
  return Buffer.concat(files.map(({ name }) => readFileSync(path.join(dataDir, name))));
};

function rotate(rig: Rig, changes: { file?: string; patienceMs?: number } = {}) {
  const authorship = { author: "ana", address: null, now: new Date() };
  return rotateKeyring({ store: rig.store, file: keyFile(rig), authorship, ...changes });
}

/** A site with both kinds of keys, and the sealed form of one. */
async function saveSite(rig: Rig) {
  const { siteId } = await rig.save({ hostName, certificate, upstream });
  const fingerprint = fingerprintOf(certificate.publicKey.toString("base64"));
  const sealed = async () => {
    const key = await rig.sensorStore.sealedKeys.get(siteId, "sslCredentials", fingerprint);
    if (!key) throw new Error("the key is not stored");
    return key;
  };
  return { siteId, sealed };
}

describe("rotating the keyring", () => {
  it("seals everything anew while each request is served, and leaves no old sealing in any file", async () => {
    await using rig = await startRig();
    const { sealed } = await saveSite(rig);
    const before = await sealed();
    const statuses: number[] = [];
    let isRotating = true;
    const clients = [0, 1].map(async () => {
      while (isRotating) statuses.push(await statusOf(rig));
    });
    const { current, retired, resealed, isErased } = await rotate(rig);
    isRotating = false;
    await Promise.all(clients);

    expect({ retired, resealed, isErased }).toEqual({ retired: [before.keyringKeyId], resealed: 2, isErased: true });
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(statuses.length).toBeGreaterThan(5);
    expect(idsIn(rig)).toEqual([current]);
    expect(await rig.store.keyring.recordedIds()).toEqual([current]);
    expect((await rig.store.keyring.recipient())?.id).toBe(current);
    expect((await sealed()).keyringKeyId).toBe(current);
    expect(everyByte(rig).includes(before.sealed.subarray(32))).toBe(false);
    await expect.poll(async () => (await rig.store.sensors())[0]?.keyIds, { timeout: 5_000 }).toEqual([current]);
    await rig.stop();
    await rig.start();
    expect(await statusOf(rig), "a sensor that starts with the new keyring alone").toBe(200);
  });

  it("is told of in the audit log, with ids alone", async () => {
    await using rig = await startRig();
    await saveSite(rig);
    const { current, retired } = await rotate(rig);
    const tenantId = (await rig.store.tenants.byName("Default"))?.id ?? "";
    const rows = await rig.store.audit.list({ tenantId, hasGlobal: true, limit: 2 });
    expect(rows).toMatchObject([
      { action: "keyring.rotate", subject: current, actor: "ana", detail: { retired } },
      { action: "keyring.record", subject: current, actor: "ana" },
    ]);
  });

  it("stops before anything is sealed anew when a sensor does not read the file, and is finished once it does", async () => {
    await using rig = await startRig();
    const { sealed } = await saveSite(rig);
    const before = await sealed();
    const elsewhere = path.join(rig.dataDir, "elsewhere.key");
    copyFileSync(keyFile(rig), elsewhere);
    const unacknowledged = { code: "keyring.unacknowledged", message: expect.stringMatching(/last seen .*elsewhere\.key.*run this again/) };
    await expect(rotate(rig, { file: elsewhere, patienceMs: 50 })).rejects.toMatchObject(unacknowledged);
    expect(await sealed()).toEqual(before);
    expect(await rig.store.keyring.recordedIds()).toEqual([before.keyringKeyId]);
    expect(await statusOf(rig)).toBe(200);
    const added = openKeyring(elsewhere).current.id;
    copyFileSync(elsewhere, keyFile(rig));
    expect(await rotate(rig)).toMatchObject({ current: added, resealed: 2 });
    expect(await statusOf(rig)).toBe(200);
  });

  it("waits for no sensor that is down, which then starts with the new key", async () => {
    await using rig = await startRig();
    await saveSite(rig);
    await rig.stop();
    await expect.poll(async () => (await rig.store.sensors()).length, { timeout: 6_000 }).toBe(0);
    await rotate(rig, { patienceMs: 0 });
    await rig.start();
    expect(await statusOf(rig)).toBe(200);
  });

  it("is finished by the next run after it was cut off at any step", async () => {
    await using rig = await startRig();
    const { sealed } = await saveSite(rig);
    const { current } = addKey(keyFile(rig));
    expect((await rotate(rig)).current, "cut off after the key was added").toBe(current.id);
    const second = addKey(keyFile(rig));
    await rig.store.keyring.record(second.current, { author: "ana", address: null, now: new Date(Date.now() + 1_000) });
    const half = await sealed();
    await rig.store.keyring.reseal(half, await sealKey(second.current, await openKey(second, half), half));
    expect(await rotate(rig), "cut off in the middle of sealing").toMatchObject({ current: second.current.id, resealed: 1 });
    expect(idsIn(rig)).toEqual([second.current.id]);
    expect(await statusOf(rig)).toBe(200);
  });

  it("does not need the sensor to have looked: a key it lacks makes it read the file and the sealing again", async () => {
    await using rig = await startRig();
    const { sealed } = await saveSite(rig);
    await rig.stop();
    await rig.start();
    const before = await sealed();
    const keyring = addKey(keyFile(rig));
    await rig.store.keyring.record(keyring.current, { author: "ana", address: null, now: new Date() });
    for (const old of await rig.store.keyring.sealedForOthers(keyring.current.id, 10))
      await rig.store.keyring.reseal(old, await sealKey(keyring.current, await openKey(keyring, old), old));
    keepNewestKey(keyFile(rig));
    expect(before.keyringKeyId).not.toBe((await sealed()).keyringKeyId);
    expect(await statusOf(rig), "the first connection opens the key").toBe(200);
  });

  it("lets nobody store what is sealed for a key that is gone", async () => {
    await using rig = await startRig();
    const { siteId } = await saveSite(rig);
    await rotate(rig);
    await expect(rig.commit({ hostName, certificate, siteId })).rejects.toThrow("key.keyring-changed");
    expect(await statusOf(rig)).toBe(200);
  });
});

describe("the sensor's keyring", () => {
  it("stays as it was while the file in its place cannot be used, and the log says so once", async () => {
    await using rig = await startRig();
    await saveSite(rig);
    const [id] = idsIn(rig);
    copyFileSync(path.join(rig.dataDir, "console.db"), keyFile(rig));
    const complaints = () => rig.log.filter(({ msg }) => String(msg).startsWith("the changed keyring cannot be used")).length;
    await expect.poll(complaints, { timeout: 5_000 }).toBe(1);
    expect((await rig.store.sensors())[0]?.keyIds).toEqual([id]);
    expect(JSON.stringify(rig.log)).not.toContain("SQLite format");
    expect(await statusOf(rig)).toBe(200);
  });
});
