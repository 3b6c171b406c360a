import { randomUUID } from "node:crypto";
import { chmodSync, closeSync, existsSync, openSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";
import { z } from "zod";
import { AppError } from "#lib/app-error.ts";
import { ensureDataFolder, unwritable } from "#lib/store/data-folder.ts";
import { type Database, inspectDatabase, openDatabase, sqliteCode } from "#lib/store/database.ts";
import { addTenant, listTenants, setFeature } from "#lib/store/tenants.ts";

const names = ["console", "sensor"] as const;
type Name = (typeof names)[number];

/**
 * Brings both databases to the shape this program knows; the launcher alone calls it, holding the folder's lock.
 * Throws `database.damaged`, `database.newer` or `data.unwritable` with one sentence, before anything is changed.
 */
export function migrateDatabases(dataDir: string, now = new Date()): void {
  for (const name of names) inspect(dataDir, name);
  ensureDataFolder(dataDir);
  try {
    for (const name of names) bringUp(dataDir, name, now);
  } catch (cause) {
    const code = sqliteCode(cause) ?? "";
    if (/^SQLITE_(READONLY|CANTOPEN|FULL|IOERR)/.test(code) || (code === "" && !(cause instanceof AppError)))
      throw unwritable(dataDir, cause);
    throw cause;
  }
}

/** Looks without touching: SQLite removes the side files it makes here, and a WAL that a crash left is only read. */
function inspect(dataDir: string, name: Name): void {
  const file = path.join(dataDir, `${name}.db`);
  if (!existsSync(file) || statSync(file).size === 0) return;
  const hasWal = existsSync(`${file}-wal`);
  try {
    const database = inspectDatabase(file, hasWal);
    try {
      const faults = z.array(z.object({ quick_check: z.string() })).parse(database.pragma("quick_check(1)"));
      if (faults[0]?.quick_check !== "ok") throw damaged(dataDir, name, faults[0]?.quick_check ?? "no answer");
      refuseNewer(dataDir, name, database);
    } finally {
      database.close();
    }
  } catch (cause) {
    const code = sqliteCode(cause);
    if (code === "SQLITE_NOTADB" || code?.startsWith("SQLITE_CORRUPT")) throw damaged(dataDir, name, "it is not a whole SQLite database");
    if (code) throw unwritable(dataDir, cause);
    throw cause;
  }
}

function damaged(dataDir: string, name: Name, reason: string): AppError {
  return new AppError(
    "database.damaged",
    `The database ${path.join(dataDir, `${name}.db`)} is damaged (${reason}): put back a backup, or move it away to begin anew; nothing was changed.`,
  );
}

/** A migration this program does not know was made by a later one, whose rows it must not touch. */
function refuseNewer(dataDir: string, name: Name, database: ReturnType<typeof inspectDatabase>): void {
  const table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '__drizzle_migrations'";
  if (database.prepare(table).get() === undefined) return;
  const known = new Set(knownMigrations(name));
  const applied = database.prepare("SELECT created_at FROM __drizzle_migrations").pluck().all();
  if (applied.every((when) => known.has(Number(when)))) return;
  throw new AppError(
    "database.newer",
    `The database ${path.join(dataDir, `${name}.db`)} was made by a newer version of Tessera: start that version, or use another DATA_DIR; nothing was changed.`,
  );
}

const journalSchema = z.object({ entries: z.array(z.object({ when: z.number() })) });

function knownMigrations(name: Name): number[] {
  const journal = readFileSync(path.join(migrationsFolder(name), "meta", "_journal.json"), "utf8");
  return journalSchema.parse(JSON.parse(journal)).entries.map(({ when }) => when);
}

function migrationsFolder(name: Name): string {
  return path.join(import.meta.dirname, "..", "..", "drizzle", name);
}

/** Foreign keys are off while tables are rebuilt, since a migration cannot switch them inside its own transaction. */
function bringUp(dataDir: string, name: Name, now: Date): void {
  const file = path.join(dataDir, `${name}.db`);
  closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
  const database = openDatabase(file, { isReadonly: false, busyTimeoutMs: 5_000, hasForeignKeys: false });
  try {
    migrate(database.orm, { migrationsFolder: migrationsFolder(name) });
    if (name === "console") addDefaultTenant(database, now);
  } finally {
    database.client.close();
  }
}

/** The first start's tenant; tenants made later begin with every feature off. */
function addDefaultTenant({ orm }: Database, now: Date): void {
  orm.transaction(
    (tx) => {
      if (listTenants(tx).length > 0) return;
      const tenant = { id: randomUUID(), name: "Default", createdAt: now };
      addTenant(tx, tenant);
      setFeature(tx, { tenantId: tenant.id, name: "site-config-mtls", isOn: true, author: "first start", changedAt: now });
    },
    { behavior: "immediate" },
  );
}
