import { randomUUID } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { readBackup, writeBackup } from "#lib/store/backup.ts";
import { ensureKeyring } from "#lib/store/keyring.ts";
import { lockDataFolder } from "#lib/store/lock.ts";
import { restoreBackup } from "#lib/store/restore-backup.ts";
import { openConsoleStore, openSensorStore } from "#lib/store/store.ts";
import { accepted, storeFixture, temporaryFolder } from "#lib/store/store-fixture.ts";

const authorship = { author: "root (command line)", address: null, now: new Date("2026-11-24T10:00:00Z") };

/** A store with a keyring and one site, and a backup's name in a folder of its own. */
async function backupFixture() {
  const fixture = await storeFixture();
  const { current } = await ensureKeyring(fixture.store, path.join(fixture.dataDir, "secrets.key"));
  const { siteId } = accepted(await fixture.save({ hostName: "shop.test" }));
  const folder = temporaryFolder();
  const file = path.join(folder, "tessera.backup");
  const label = { madeAt: new Date("2026-11-24T09:00:00Z"), keyIds: [current.id] };
  return { ...fixture, siteId, folder, file, label, write: () => writeBackup(fixture.dataDir, file, label) };
}

function openRestored(dataDir: string) {
  return openConsoleStore(dataDir);
}

test("what is saved before a backup is in it, what is saved after it is not, and the sensor's word comes back too", async () => {
  const { save, sensor, siteId, tenantId, file, label, write } = await backupFixture();
  const at = new Date();
  await sensor.acknowledgements.record({ siteId, revision: 1, state: "serving", problems: [], fallbackRevision: null, at });
  write();
  accepted(await save({ hostName: "later.test" }));
  const target = path.join(temporaryFolder(), "data");
  expect(restoreBackup(target, file, authorship)).toMatchObject({ label, faults: [] });
  const restored = openRestored(target);
  expect((await restored.sites.list(tenantId)).map(({ id }) => id)).toEqual([siteId]);
  const restoredSensor = openSensorStore(target);
  expect(await restoredSensor.acknowledgements.newestServing(siteId)).toBe(1);
  restored.close();
  restoredSensor.close();
  expect(statSync(target).mode & 0o777).toBe(0o700);
  for (const name of ["console.db", "sensor.db"]) expect(statSync(path.join(target, name)).mode & 0o777).toBe(0o600);
  expect(readdirSync(target).toSorted()).toEqual(["console.db", "sensor.db"]);
});

test("a backup is for its owner alone, is never written over a file, and leaves nothing beside it", async () => {
  const { folder, file, write } = await backupFixture();
  write();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const before = readFileSync(file);
  expect(write).toThrow(expect.objectContaining({ code: "backup.exists" }));
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(readdirSync(folder)).toEqual(["tessera.backup"]);
});

test("a backup that cannot be written is said so and leaves nothing", async () => {
  const { dataDir, folder, label } = await backupFixture();
  const nowhere = path.join(folder, "missing", "a.backup");
  expect(() => writeBackup(dataDir, nowhere, label)).toThrow(expect.objectContaining({ code: "backup.unwritable" }));
  expect(() => writeBackup(temporaryFolder(), path.join(folder, "b.backup"), label)).toThrow(
    expect.objectContaining({ code: "backup.unwritable" }),
  );
  expect(readdirSync(folder)).toEqual([]);
});

test("a backup holds neither the keyring nor the console's key", async () => {
  const { dataDir, file, write } = await backupFixture();
  const secret = "c".repeat(43);
  writeFileSync(path.join(dataDir, "console.key"), secret, { mode: 0o600 });
  write();
  const bytes = readFileSync(file);
  const [{ privateKey, id }] = JSON.parse(readFileSync(path.join(dataDir, "secrets.key"), "utf8")).keys;
  expect(bytes.includes(id)).toBe(true);
  for (const form of [privateKey, Buffer.from(privateKey, "base64"), secret]) expect(bytes.includes(form)).toBe(false);
});

test.each(["console.db-wal", "sensor.db-wal", "console.db-journal"])(
  "the %s of a database that was moved away is not mixed into a restored one",
  async (name) => {
    const { file, write } = await backupFixture();
    write();
    const target = temporaryFolder();
    writeFileSync(path.join(target, name), "left behind by a crash");
    expect(() => restoreBackup(target, file, authorship)).toThrow(expect.objectContaining({ code: "data.not-empty" }));
    expect(readdirSync(target)).toEqual([name]);
  },
);

test("a restore ends sessions and one-time links, is in the audit log, and the chain goes on whole", async () => {
  const { dataDir, file, tenantId, now, store, write } = await backupFixture();
  const userId = randomUUID();
  const client = new Sqlite(path.join(dataDir, "console.db"));
  const [later, at] = [now.getTime() + 1e9, now.getTime()];
  client.exec(`INSERT INTO users (id, name, email, email_verified, created_at, updated_at) VALUES ('${userId}', 'Ana', 'ana@a.test', 1, ${at}, ${at});
    INSERT INTO sessions (id, user_id, token, expires_at, created_at, updated_at) VALUES ('s', '${userId}', 'session-token', ${later}, ${at}, ${at});
    INSERT INTO verifications (id, identifier, value, expires_at, created_at, updated_at) VALUES ('v', 'i', '${userId}', ${later}, ${at}, ${at});
    INSERT INTO one_time_links (id, purpose, token_sha256, author, created_at, expires_at) VALUES ('l', 'setup', 'link-hash', 'ana', ${at}, ${later});`);
  client.close();
  write();
  const head = await store.audit.head();
  const target = temporaryFolder();
  const restored = restoreBackup(target, file, authorship);
  expect(restored.head).toMatchObject({ id: (head?.id ?? 0) + 1, action: "database.restore" });
  const bytes = readFileSync(path.join(target, "console.db"));
  for (const gone of ["session-token", "link-hash"]) expect(bytes.includes(gone)).toBe(false);
  const opened = openRestored(target);
  const [row] = await opened.audit.list({ tenantId, hasGlobal: true, limit: 1 });
  expect(row).toMatchObject({ actor: "root (command line)", detail: { madeAt: "2026-11-24T09:00:00.000Z", sessionsEnded: 1 } });
  expect(await opened.audit.verify(head?.hash)).toMatchObject({ faults: [] });
  expect((await opened.accounts.get(userId))?.email).toBe("ana@a.test");
  opened.close();
});

test("an altered audit log in a backup is told of", async () => {
  const { dataDir, file, write } = await backupFixture();
  const client = new Sqlite(path.join(dataDir, "console.db"));
  client.exec("UPDATE audit_log SET actor = 'eve' WHERE id = 1");
  client.close();
  write();
  expect(restoreBackup(temporaryFolder(), file, authorship).faults).toEqual(["Row 1 was altered."]);
});

test.each(["console.db", "sensor.db"])("a data folder that holds %s is left as it is", async (name) => {
  const { file, write } = await backupFixture();
  write();
  const target = temporaryFolder();
  writeFileSync(path.join(target, name), "mine");
  expect(() => restoreBackup(target, file, authorship)).toThrow(expect.objectContaining({ code: "data.not-empty" }));
  expect(readdirSync(target)).toEqual([name]);
  expect(readFileSync(path.join(target, name), "utf8")).toBe("mine");
});

test("a folder that the product runs on is left alone", async () => {
  const { file, write } = await backupFixture();
  write();
  const target = temporaryFolder();
  const lock = lockDataFolder(target);
  expect(() => restoreBackup(target, file, authorship)).toThrow(expect.objectContaining({ code: "data.in-use" }));
  lock.release();
});

test("what is no backup, or half of one, is refused and leaves nothing", async () => {
  const { dataDir, folder, file, store, write } = await backupFixture();
  write();
  store.close();
  const [text, database, half, hollow] = ["text", "database", "half", "hollow"].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  writeFileSync(text, "no database at all ".repeat(400));
  copyFileSync(path.join(dataDir, "console.db"), database);
  copyFileSync(file, half);
  truncateSync(half, statSync(file).size / 2);
  copyFileSync(file, hollow);
  const client = new Sqlite(hollow);
  client.exec("DELETE FROM chunks WHERE name = 'console.db'");
  client.close();
  for (const wrong of [text, database, half, hollow, path.join(folder, "missing"), folder]) {
    const target = path.join(temporaryFolder(), "data");
    mkdirSync(target);
    expect(() => restoreBackup(target, wrong, authorship)).toThrow(expect.objectContaining({ name: "AppError" }));
    expect(readdirSync(target)).toEqual([]);
  }
});

test("a backup is whole while saves go on in another process, and hinders none", async () => {
  const { folder, label, dataDir, save, tenantId } = await backupFixture();
  const { Worker } = await import("node:worker_threads");
  const writer = new Worker(
    `const { workerData } = require("node:worker_threads");
     const Sqlite = require("better-sqlite3");
     const client = new Sqlite(workerData, { timeout: 5000 });
     const insert = client.prepare("INSERT INTO keyring_keys (id, recorded_at) VALUES (?, ?)");
     for (let n = 0; ; n += 1) client.transaction(() => { insert.run("x" + n, n); insert.run("y" + n, n); })();`,
    { eval: true, workerData: path.join(dataDir, "console.db") },
  );
  try {
    for (const number of [1, 2, 3]) {
      const file = path.join(folder, `${number}.backup`);
      writeBackup(dataDir, file, label);
      accepted(await save({ hostName: `n${number}.test` }));
      const target = temporaryFolder();
      restoreBackup(target, file, authorship);
      const client = new Sqlite(path.join(target, "console.db"));
      const count = (letter: string) => client.prepare("SELECT count(*) FROM keyring_keys WHERE id GLOB ?").pluck().get(`${letter}[0-9]*`);
      expect(count("x")).toBe(count("y"));
      client.close();
      const restored = openRestored(target);
      expect(await restored.sites.list(tenantId)).toHaveLength(number);
      restored.close();
    }
  } finally {
    await writer.terminate();
  }
  expect(existsSync(path.join(folder, "3.backup"))).toBe(true);
});

test("a backup of a newer version is refused and leaves nothing", async () => {
  const { dataDir, file, write } = await backupFixture();
  const client = new Sqlite(path.join(dataDir, "console.db"));
  client.exec("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', 99999999999999)");
  client.close();
  write();
  const target = temporaryFolder();
  expect(() => restoreBackup(target, file, authorship)).toThrow(expect.objectContaining({ code: "database.newer" }));
  expect(readdirSync(target)).toEqual([]);
});

test("a label is read without restoring", async () => {
  const { file, label, write } = await backupFixture();
  write();
  const backup = readBackup(file);
  expect(backup.label).toEqual(label);
  backup.close();
});
