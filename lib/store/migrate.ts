import { randomUUID } from "node:crypto";
import { closeSync, constants, fchmodSync, fstatSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";
import { z } from "zod";
import { ensureDataFolder, isSharedFolder, unwritable } from "#lib/store/data-folder.ts";
import { type Database, openDatabase, sqliteCode } from "#lib/store/database.ts";
import { inspectFile, peekKeyIds } from "#lib/store/inspect.ts";
import { addTenant, listTenants, setFeature } from "#lib/store/tenants.ts";

const names = ["console", "sensor"] as const;
type Name = (typeof names)[number];

export type Migration = {
  now?: Date;
  /** The program whose own database alone is brought up; left out, both are. */
  only?: Name | undefined;
  /** Is told the ids of the keyring's keys that are on record, and throws where the keyring will not do. */
  judgeKeys?: (keyIds: string[]) => void;
};

/**
 * Brings the databases to the shape this program knows; the launcher alone calls it, holding the folder's lock. Throws
 * `database.damaged`, `database.newer`, `data.unwritable` or what `judgeKeys` does, with one sentence before anything is
 * changed.
 */
export function migrateDatabases(dataDir: string, { now = new Date(), only, judgeKeys = () => {} }: Migration = {}): void {
  const chosen = names.filter((name) => only === undefined || name === only);
  for (const name of chosen) inspectFile(fileOf(dataDir, name), knownMigrations(name));
  judgeKeys(peekKeyIds(fileOf(dataDir, "console")));
  ensureDataFolder(dataDir);
  try {
    for (const name of chosen) bringUp(dataDir, name, now);
  } catch (cause) {
    throw isStorageFault(cause) ? unwritable(dataDir, cause) : cause;
  }
}

function isStorageFault(cause: unknown): boolean {
  const isRefusedByDisk = /^SQLITE_(READONLY|CANTOPEN|FULL|IOERR|PERM)/.test(sqliteCode(cause) ?? "");
  return isRefusedByDisk || (cause instanceof Error && "syscall" in cause);
}

const journalSchema = z.object({ entries: z.array(z.object({ when: z.number() })) });

function knownMigrations(name: Name): number[] {
  const journal = readFileSync(path.join(migrationsFolder(name), "meta", "_journal.json"), "utf8");
  return journalSchema.parse(JSON.parse(journal)).entries.map(({ when }) => when);
}

function fileOf(dataDir: string, name: Name): string {
  return path.join(dataDir, `${name}.db`);
}

function migrationsFolder(name: Name): string {
  return path.join(import.meta.dirname, "..", "..", "drizzle", name);
}

/** Foreign keys are off while tables are rebuilt, since a migration cannot switch them inside its own transaction. */
function bringUp(dataDir: string, name: Name, now: Date): void {
  const file = fileOf(dataDir, name);
  makePrivate(file, isSharedFolder(dataDir) ? 0o660 : 0o600);
  const database = openDatabase(file, { isReadonly: false, busyTimeoutMs: 5_000, hasForeignKeys: false });
  try {
    migrate(database.orm, { migrationsFolder: migrationsFolder(name) });
    if (name === "console") addDefaultTenant(database, now);
  } finally {
    database.close();
  }
}

/** The very file, never what a link in its place leads to. */
function makePrivate(file: string, mode: number): void {
  const descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600);
  try {
    if ((fstatSync(descriptor).mode & 0o777) !== mode) fchmodSync(descriptor, mode);
  } finally {
    closeSync(descriptor);
  }
}

/** The first start's tenant; tenants made later begin with every feature off. */
function addDefaultTenant({ orm }: Database, now: Date): void {
  orm.transaction(
    (tx) => {
      if (listTenants(tx).length > 0) return;
      const tenant = { id: randomUUID(), name: "Default" };
      const authorship = { author: "launcher", address: null, now };
      addTenant(tx, tenant, authorship);
      setFeature(tx, { tenantId: tenant.id, name: "site-config-mtls", isOn: true }, authorship);
    },
    { behavior: "immediate" },
  );
}
