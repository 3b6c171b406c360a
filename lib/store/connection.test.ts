import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { openConnection } from "#lib/store/connection.ts";
import { openDatabase } from "#lib/store/database.ts";
import { accepted, storeFixture, temporaryFolder } from "#lib/store/store-fixture.ts";

const unavailable = expect.objectContaining({ code: "store.unavailable" });

function emptyDatabase(): string {
  const file = path.join(temporaryFolder(), "a.db");
  writeFileSync(file, "");
  return file;
}

test.each([false, true])("every connection sets its own pragmas, also on a reopened WAL database (read-only: %s)", (isReadonly) => {
  const file = emptyDatabase();
  openDatabase(file, { isReadonly: false, busyTimeoutMs: 10 }).close();
  const { orm, close } = openDatabase(file, { isReadonly, busyTimeoutMs: 321 });
  const pragma = (name: string) => Object.values(orm.get<object>(sql.raw(`PRAGMA ${name}`)));
  expect(pragma("journal_mode")).toEqual(["wal"]);
  expect(pragma("synchronous")).toEqual([2]);
  expect(pragma("secure_delete")).toEqual([1]);
  expect(pragma("foreign_keys")).toEqual([1]);
  expect(pragma("busy_timeout")).toEqual([321]);
  close();
});

test("a transaction refuses an asynchronous callback and undoes what it did until its first await", () => {
  const connection = openConnection(emptyDatabase(), { isReadonly: false, busyTimeoutMs: 10 });
  connection.write((tx) => tx.run(sql`CREATE TABLE a (b)`));
  const insertLater = async (tx: { run(query: ReturnType<typeof sql>): unknown }) => {
    tx.run(sql`INSERT INTO a VALUES (1)`);
    await Promise.resolve();
  };
  expect(() => connection.write(insertLater)).toThrow(/promise/);
  expect(connection.read((queries) => queries.all(sql`SELECT * FROM a`))).toEqual([]);
  connection.close();
});

test("a missing file is store.unavailable, and is opened once it is there", async () => {
  const { dataDir, sensor, save } = await storeFixture();
  accepted(await save({ hostName: "one.test" }));
  const file = path.join(dataDir, "console.db");
  expect((await sensor.changes.since(0)).sites).toHaveLength(1);
  renameSync(file, `${file}.away`);
  await expect(sensor.changes.hasMoved()).rejects.toEqual(unavailable);
  await expect(sensor.changes.since(0)).rejects.toEqual(unavailable);
  renameSync(`${file}.away`, file);
  expect(await sensor.changes.hasMoved()).toBe(true);
  expect((await sensor.changes.since(0)).sites).toHaveLength(1);
});

test("a locked file is store.unavailable until it is let go", async () => {
  const { dataDir, store, sensor, save } = await storeFixture();
  accepted(await save({ hostName: "one.test" }));
  store.close();
  const holder = new Sqlite(path.join(dataDir, "console.db"));
  onTestFinished(() => void holder.close());
  holder.pragma("locking_mode = EXCLUSIVE");
  holder.exec("BEGIN EXCLUSIVE");
  await expect(sensor.changes.since(0)).rejects.toEqual(unavailable);
  await expect(sensor.changes.hasMoved()).rejects.toEqual(unavailable);
  holder.close();
  expect((await sensor.changes.since(0)).sites).toHaveLength(1);
});

test("a file that is not migrated yet or no database at all is store.unavailable", async () => {
  const { dataDir, sensor } = await storeFixture();
  const file = path.join(dataDir, "console.db");
  for (const content of ["", "no database at all ".repeat(500)]) {
    for (const side of ["", "-wal", "-shm"]) rmSync(file + side, { force: true });
    writeFileSync(file, content);
    await expect(sensor.changes.since(0)).rejects.toEqual(unavailable);
  }
});

test("the sensor cannot write console.db, nor the console sensor.db", async () => {
  const { dataDir } = await storeFixture();
  const connection = openConnection(path.join(dataDir, "console.db"), { isReadonly: true, busyTimeoutMs: 10 });
  expect(() => connection.write((tx) => tx.run(sql`DELETE FROM tenants`))).toThrow(unavailable);
  connection.close();
});
