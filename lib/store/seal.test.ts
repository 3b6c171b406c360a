import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { createAuthority, createServer } from "#e2e/pki/authority.ts";
import { keyForms } from "#e2e/pki/key-forms.ts";
import type { KeyField } from "#lib/site/schema.ts";
import { createKeyring, openKeyring } from "#lib/store/keyring.ts";
import { openKey, type SealedKey, sealKey } from "#lib/store/seal.ts";
import { newSiteId } from "#lib/store/store.ts";
import { accepted, codesOf, storeFixture, temporaryFolder } from "#lib/store/store-fixture.ts";

async function sealedKey(siteId = newSiteId(), field: KeyField = "sslCredentials") {
  const file = path.join(temporaryFolder(), "secrets.key");
  createKeyring(file);
  const keyring = openKeyring(file);
  const identity = await createServer(await createAuthority(), ["shop.test"]);
  const pkcs8 = identity.keys.privateKey.export({ type: "pkcs8", format: "der" });
  const key = await sealKey(keyring.current, pkcs8, { siteId, field, publicKey: identity.publicKey });
  const credentials = { certificates: identity.certificate, publicKey: identity.publicKey.toString("base64") };
  return { keyring, identity, pkcs8, key, credentials, siteId };
}

test("a sealed key opens with the keyring, and each sealing differs", async () => {
  const { keyring, identity, pkcs8, key } = await sealedKey();
  expect(await openKey(keyring, key)).toEqual(pkcs8);
  const again = await sealKey(keyring.current, pkcs8, { ...key, publicKey: identity.publicKey });
  expect(again.sealed).not.toEqual(key.sealed);
});

const moves: [what: string, change: (key: SealedKey) => Partial<SealedKey>][] = [
  ["to another site", () => ({ siteId: newSiteId() })],
  ["to another field", () => ({ field: "upstreamMtlsCredentials" })],
  ["beside another public half", () => ({ publicKeySha256: "0".repeat(64) })],
  ["with a bit changed", ({ sealed }) => ({ sealed: Buffer.concat([sealed.subarray(0, -1), Buffer.from([(sealed.at(-1) ?? 0) ^ 1])]) })],
  ["with a shortened tag", ({ sealed }) => ({ sealed: sealed.subarray(0, -12) })],
  ["to nothing", () => ({ sealed: Buffer.alloc(0) })],
];

test.each(moves)("a sealed key that was moved %s does not open", async (_what, change) => {
  const { keyring, key } = await sealedKey();
  const failure = expect.objectContaining({ code: "key.cannot-be-opened" });
  await expect(openKey(keyring, { ...key, ...change(key) })).rejects.toEqual(failure);
});

test("a key sealed for another keyring is told from a damaged one", async () => {
  const { key } = await sealedKey();
  const { keyring } = await sealedKey();
  await expect(openKey(keyring, key)).rejects.toEqual(expect.objectContaining({ code: "key.not-in-keyring" }));
});

test("a stored key is found by site, field and public half, and by nothing else", async () => {
  const { sensor, store, save, now } = await storeFixture();
  const { siteId, key, keyring, pkcs8, credentials } = await sealedKey();
  await store.keyring.record(keyring.current, { author: "launcher", address: null, now });
  accepted(await save({ hostName: "shop.test", sslCredentials: credentials }, { siteId, keys: [key] }));
  const found = await sensor.sealedKeys.get(siteId, "sslCredentials", key.publicKeySha256);
  expect(found).toEqual(key);
  expect(found && (await openKey(keyring, found))).toEqual(pkcs8);
  expect(await sensor.sealedKeys.get(siteId, "upstreamMtlsCredentials", key.publicKeySha256)).toBeNull();
  expect(await sensor.sealedKeys.get(newSiteId(), "sslCredentials", key.publicKeySha256)).toBeNull();
});

test("the private keys of a deleted site are erased with it, from the table and from the database's files", async () => {
  const { dataDir, sensor, store, tenantId, save, now } = await storeFixture();
  const { siteId, key, keyring, credentials } = await sealedKey();
  await store.keyring.record(keyring.current, { author: "launcher", address: null, now });
  accepted(await save({ hostName: "shop.test", sslCredentials: credentials }, { siteId, keys: [key] }));
  const files = () =>
    readdirSync(dataDir)
      .filter((name) => name.startsWith("console.db"))
      .map((name) => readFileSync(path.join(dataDir, name)));
  expect(files().some((bytes) => bytes.includes(key.sealed))).toBe(true);
  accepted(await store.sites.remove({ tenantId, siteId, basedOn: 1, author: "ben", address: null, now }));
  expect(await sensor.sealedKeys.get(siteId, "sslCredentials", key.publicKeySha256)).toBeNull();
  expect(files().some((bytes) => bytes.includes(key.sealed))).toBe(false);
  const [row] = await store.audit.list({ tenantId, hasGlobal: false, limit: 1 });
  expect(row).toMatchObject({ action: "site.delete", detail: { keysDestroyed: 1 } });
});

test("a revision whose private key is not stored for this site and field is refused, and nothing is saved", async () => {
  const { store, tenantId, save, now } = await storeFixture();
  const { siteId, key, keyring, credentials } = await sealedKey();
  await store.keyring.record(keyring.current, { author: "launcher", address: null, now });
  const site = { hostName: "shop.test", sslCredentials: credentials };
  expect(codesOf(await save(site, { siteId }))).toEqual(["key.missing"]);
  const wrongField: SealedKey = { ...key, field: "upstreamMtlsCredentials" };
  expect(codesOf(await save(site, { siteId, keys: [wrongField] }))).toEqual(["key.missing"]);
  expect(await store.sites.list(tenantId)).toEqual([]);
  accepted(await save(site, { siteId, keys: [key] }));
  expect(codesOf(await save({ ...site, maxBodySizeMb: 2 }, { siteId, basedOn: 1 }))).toEqual([]);
  expect(codesOf(await save({ ...site, hostName: "other.test" }))).toEqual(["key.missing"]);
});

test("a key sealed for a keyring key that is not on record is not stored", async () => {
  const { save } = await storeFixture();
  const { siteId, key, credentials } = await sealedKey();
  const refused = await save({ hostName: "shop.test", sslCredentials: credentials }, { siteId, keys: [key] });
  expect(codesOf(refused)).toEqual(["key.keyring-changed"]);
});

test("a key sealed for another site is not stored", async () => {
  const { save } = await storeFixture();
  const { key } = await sealedKey();
  await expect(save({ hostName: "shop.test" }, { keys: [key] })).rejects.toEqual(expect.objectContaining({ code: "key.foreign" }));
});

test("no form of a private key is found in any file of the data folder", async () => {
  const { dataDir, save, store, now } = await storeFixture();
  const { siteId, key, keyring, identity, pkcs8, credentials } = await sealedKey();
  await store.keyring.record(keyring.current, { author: "launcher", address: null, now });
  accepted(await save({ hostName: "shop.test", sslCredentials: credentials }, { siteId, keys: [key] }));
  const forms = [...keyForms(identity), pkcs8, "PRIVATE KEY"];
  for (const isClosed of [false, true]) {
    if (isClosed) store.close();
    const bytes = Buffer.concat(readdirSync(dataDir).map((name) => readFileSync(path.join(dataDir, name))));
    expect(bytes.includes(key.publicKey)).toBe(true);
    expect(bytes.includes(identity.certificate.split("\n")[1] ?? "")).toBe(true);
    for (const form of forms) expect(bytes.includes(form)).toBe(false);
  }
});
