import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { addKey, createKeyring, ensureKeyring, keepNewestKey, openKeyring } from "#lib/store/keyring.ts";
import { storeFixture, temporaryFolder } from "#lib/store/store-fixture.ts";

const withCode = (code: string) => expect.objectContaining({ code });

async function keyringFixture() {
  const fixture = await storeFixture();
  const file = path.join(fixture.dataDir, "secrets.key");
  return { ...fixture, file, ensure: () => ensureKeyring(fixture.store, file) };
}

test("the first start makes a keyring for its owner alone and records its key, later starts open it", async () => {
  const { file, store, ensure } = await keyringFixture();
  const made = await ensure();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await store.keyring.recordedIds()).toEqual([made.current.id]);
  expect((await ensure()).current).toEqual(made.current);
  expect(readdirSync(path.dirname(file)).filter((name) => name.endsWith(".new"))).toEqual([]);
});

test("a keyring that is gone is named and never replaced by a new one", async () => {
  const { file, ensure } = await keyringFixture();
  const { current } = await ensure();
  rmSync(file);
  const missing = { code: "keyring.missing", message: expect.stringContaining(current.id) };
  await expect(ensure()).rejects.toEqual(expect.objectContaining(missing));
  expect(readdirSync(path.dirname(file))).not.toContain("secrets.key");
});

test("a keyring of another installation is refused by the id it lacks", async () => {
  const { file, ensure } = await keyringFixture();
  const { current } = await ensure();
  rmSync(file);
  createKeyring(file);
  const missing = { code: "keyring.missing-key", message: expect.stringContaining(current.id) };
  await expect(ensure()).rejects.toEqual(expect.objectContaining(missing));
});

test("a keyring made just before a crash is taken up when no id was recorded yet", async () => {
  const { file, store, ensure } = await keyringFixture();
  createKeyring(file);
  const { current } = await ensure();
  expect(await store.keyring.recordedIds()).toEqual([current.id]);
});

test.each([0o640, 0o604, 0o620, 0o666])("a keyring with mode %o is refused", async (mode) => {
  const { file, ensure } = await keyringFixture();
  await ensure();
  chmodSync(file, mode);
  await expect(ensure()).rejects.toEqual(withCode("keyring.permissions"));
});

test("a keyring is never written over an existing file", () => {
  const file = path.join(temporaryFolder(), "secrets.key");
  createKeyring(file);
  const before = readFileSync(file, "utf8");
  expect(() => createKeyring(file)).toThrow(withCode("keyring.unwritable"));
  expect(readFileSync(file, "utf8")).toBe(before);
});

test.each([
  ["no JSON", "-----BEGIN"],
  ["no keys", '{"keys":[]}'],
  ["a short key", '{"keys":[{"id":"a","createdAt":"2026-01-01T00:00:00Z","privateKey":"AAAA"}]}'],
  [
    "an id that is another key's",
    `{"keys":[{"id":"a","createdAt":"2026-01-01T00:00:00Z","privateKey":"${Buffer.alloc(32, 1).toString("base64")}"}]}`,
  ],
])("a keyring with %s is damaged, and the message quotes none of it", (_case, text) => {
  const file = path.join(temporaryFolder(), "secrets.key");
  writeFileSync(file, text, { mode: 0o600 });
  expect(() => openKeyring(file)).toThrow(withCode("keyring.damaged"));
  expect(() => openKeyring(file)).not.toThrow(expect.objectContaining({ message: expect.stringContaining("privateKey") }));
});

test("the console is told the public half alone, and seals for nothing that somebody else put in its place", async () => {
  const { dataDir, store, ensure } = await keyringFixture();
  expect(await store.keyring.recipient()).toBeNull();
  const { current } = await ensure();
  expect(await store.keyring.recipient()).toEqual({ id: current.id, publicKey: current.publicKey });
  const client = new Sqlite(path.join(dataDir, "console.db"));
  client.prepare("UPDATE keyring_keys SET public_key = ?").run(Buffer.alloc(32, 9));
  client.close();
  await expect(store.keyring.recipient()).rejects.toEqual(withCode("keyring.altered"));
});

test("a key that is added seals from then on, and the others go on opening until they are removed", async () => {
  const { file, ensure } = await keyringFixture();
  const first = (await ensure()).current;
  const both = addKey(file);
  expect(both.keys.map(({ id }) => id)).toEqual([first.id, both.current.id]);
  expect(both.keys[0]).toEqual(first);
  expect((await ensure()).current).toEqual(both.current);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(keepNewestKey(file).keys).toEqual([both.current]);
  await expect(ensure()).rejects.toEqual(withCode("keyring.missing-key"));
  expect(readdirSync(path.dirname(file)).filter((name) => name.endsWith(".new"))).toEqual([]);
});
