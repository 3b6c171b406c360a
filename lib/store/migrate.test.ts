import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { migrateDatabases } from "#lib/store/migrate.ts";
import { openConsoleStore } from "#lib/store/store.ts";
import { accepted, storeFixture, temporaryFolder } from "#lib/store/store-fixture.ts";

/** Names, modes and content of all that lies in a folder. */
function contentOf(folder: string): string[] {
  return readdirSync(folder).map((name) => {
    const file = path.join(folder, name);
    return `${name} ${statSync(file).mode} ${statSync(file).mtimeMs} ${createHash("sha256").update(readFileSync(file)).digest("hex")}`;
  });
}

function expectRefusal(dataDir: string, code: string, message: RegExp): void {
  const before = contentOf(dataDir);
  expect(() => migrateDatabases(dataDir)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  expect(contentOf(dataDir)).toEqual(before);
}

function change(file: string, statement: string): void {
  const client = new Sqlite(file);
  client.exec(statement);
  client.close();
}

/** Root may write everywhere: the test lays its rights down for a moment. */
function asOrdinaryUser(work: () => void): void {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

test("a first start makes folder and databases private, and one tenant with mTLS on", async () => {
  const dataDir = path.join(temporaryFolder(), "new", "data");
  migrateDatabases(dataDir);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  for (const name of ["console.db", "sensor.db"]) expect(statSync(path.join(dataDir, name)).mode & 0o777).toBe(0o600);
  const store = openConsoleStore(dataDir);
  const tenants = await store.tenants.list();
  expect(tenants.map(({ name }) => name)).toEqual(["Default"]);
  expect(await store.features.isOn(tenants[0]?.id ?? "", "site-config-mtls")).toBe(true);
  store.close();
});

test("the log and index beside a database in use are as private as the database", async () => {
  const { dataDir, save } = await storeFixture();
  accepted(await save({ hostName: "shop.test" }));
  const files = readdirSync(dataDir).filter((name) => name.startsWith("console.db"));
  expect(files.sort()).toEqual(["console.db", "console.db-shm", "console.db-wal"]);
  for (const name of files) expect(statSync(path.join(dataDir, name)).mode & 0o077).toBe(0);
});

test("a later start changes neither sites nor features, and adds no tenant", async () => {
  const { dataDir, store, tenantId, save, now } = await storeFixture();
  accepted(await save({ hostName: "shop.test" }));
  await store.features.set(tenantId, "site-config-mtls", false, { author: "ana", address: null, now });
  migrateDatabases(dataDir);
  expect(await store.sites.list(tenantId)).toHaveLength(1);
  expect(await store.tenants.list()).toHaveLength(1);
  expect(await store.features.isOn(tenantId, "site-config-mtls")).toBe(false);
});

test("a first start that was cut off between the tables and the tenant is finished by the next", async () => {
  const { dataDir, store } = await storeFixture();
  store.close();
  change(path.join(dataDir, "console.db"), "DELETE FROM features; DELETE FROM tenants;");
  migrateDatabases(dataDir);
  expect(await store.tenants.list()).toHaveLength(1);
});

test.each(["console.db", "sensor.db"])("a database newer than the program is refused: %s", async (name) => {
  const { dataDir, store, sensor } = await storeFixture();
  store.close();
  sensor.close();
  change(path.join(dataDir, name), "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', 99999999999999)");
  expectRefusal(dataDir, "database.newer", new RegExp(`${name} was made by a newer version`));
});

test.each(["console.db", "sensor.db"])("a file that is no database is refused: %s", (name) => {
  const dataDir = temporaryFolder();
  writeFileSync(path.join(dataDir, name), "these are not the rows you are looking for\n".repeat(200));
  expectRefusal(dataDir, "database.damaged", new RegExp(`${name} is damaged`));
});

test("a database of which a part is missing or overwritten is refused", async () => {
  const { dataDir, store, save } = await storeFixture();
  for (let number = 0; number < 30; number += 1) accepted(await save({ hostName: `n${number}.test`, trustedSources: "x".repeat(3_000) }));
  store.close();
  const whole = readFileSync(path.join(dataDir, "console.db"));
  const overwritten = Buffer.from(whole);
  overwritten.fill(0xa5, whole.length - 3 * 4096);
  for (const damaged of [whole.subarray(0, whole.length / 2), overwritten]) {
    writeFileSync(path.join(dataDir, "console.db"), damaged);
    expectRefusal(dataDir, "database.damaged", /console\.db is damaged/);
  }
});

test("a database of another program is refused", () => {
  const dataDir = temporaryFolder();
  change(path.join(dataDir, "console.db"), "CREATE TABLE invoices (id)");
  expectRefusal(dataDir, "database.damaged", /another program/);
});

test("a damaged sensor.db is refused before console.db is made", () => {
  const dataDir = temporaryFolder();
  writeFileSync(path.join(dataDir, "sensor.db"), "no database ".repeat(500));
  expectRefusal(dataDir, "database.damaged", /sensor\.db/);
  expect(readdirSync(dataDir)).toEqual(["sensor.db"]);
});

test.each(["/proc/tessera", "/dev/null/data"])("a folder that cannot be made is refused in one sentence: %s", (dataDir) => {
  const sentence = /^The data folder \S+ cannot be written \(\w+\): .*\.$/;
  expect(() => migrateDatabases(dataDir)).toThrow(
    expect.objectContaining({ code: "data.unwritable", message: expect.stringMatching(sentence) }),
  );
});

test("a folder without the right to write is refused", () => {
  const dataDir = path.join(temporaryFolder(), "data");
  chmodSync(path.dirname(dataDir), 0o755);
  mkdirSync(dataDir, { mode: 0o555 });
  asOrdinaryUser(() => expectRefusal(dataDir, "data.unwritable", /EACCES/));
});

test("a log that a crash left behind is neither lost nor taken for damage", async () => {
  const { dataDir, store, tenantId, save } = await storeFixture();
  accepted(await save({ hostName: "shop.test" }));
  expect(readdirSync(dataDir)).toContain("console.db-wal");
  const crashed = temporaryFolder();
  for (const name of readdirSync(dataDir)) writeFileSync(path.join(crashed, name), readFileSync(path.join(dataDir, name)));
  store.close();
  migrateDatabases(crashed);
  const recovered = openConsoleStore(crashed);
  expect(await recovered.sites.list(tenantId)).toHaveLength(1);
  recovered.close();
});
