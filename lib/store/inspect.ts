import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { AppError } from "#lib/app-error.ts";
import { unwritable } from "#lib/store/data-folder.ts";
import { inspectDatabase, sqliteCode } from "#lib/store/database.ts";

type Inspected = ReturnType<typeof inspectDatabase>;

/**
 * Throws `database.damaged` or `database.newer` for a file this program must not touch, and leaves it as it was:
 * SQLite itself removes the side files it makes here, and a log that a crash left behind is only read.
 */
export function inspectFile(file: string, knownMigrations: readonly number[]): void {
  if (!existsSync(file) || statSync(file).size === 0) return;
  try {
    const database = inspectDatabase(file, existsSync(`${file}-wal`));
    try {
      refuseDamaged(file, database);
      refuseForeign(file, database, knownMigrations);
    } finally {
      database.close();
    }
  } catch (cause) {
    throw explain(file, cause);
  }
}

/** The ids of the keyring's keys that a console.db has on record, empty for one that does not exist yet; changes nothing. */
export function peekKeyIds(file: string): string[] {
  if (!existsSync(file) || statSync(file).size === 0) return [];
  const database = inspectDatabase(file, existsSync(`${file}-wal`));
  try {
    const isThere = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'keyring_keys'").get() !== undefined;
    return isThere ? database.prepare<[], string>("SELECT id FROM keyring_keys ORDER BY recorded_at").pluck().all() : [];
  } finally {
    database.close();
  }
}

function refuseDamaged(file: string, database: Inspected): void {
  const verdict = database.pragma("quick_check(1)", { simple: true });
  if (verdict !== "ok") throw damaged(file, String(verdict).split("\n").at(-1) ?? "");
}

/** A migration that is not known here was made by a later program, whose rows this one would misread. */
function refuseForeign(file: string, database: Inspected, knownMigrations: readonly number[]): void {
  const tables = database.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  if (tables.length === 0) return;
  if (!tables.includes("__drizzle_migrations")) throw damaged(file, "it is the database of another program");
  const applied = database.prepare<[], number>("SELECT created_at FROM __drizzle_migrations").pluck().all();
  if (applied.every((when) => knownMigrations.includes(Number(when)))) return;
  throw new AppError(
    "database.newer",
    `The database ${file} was made by a newer version of Tessera: start that version, or use another DATA_DIR; nothing was changed.`,
  );
}

function explain(file: string, cause: unknown): unknown {
  const code = sqliteCode(cause);
  if (code === undefined) return cause;
  if (code === "SQLITE_NOTADB" || code.startsWith("SQLITE_CORRUPT")) return damaged(file, "it is not a whole SQLite database");
  if (code.startsWith("SQLITE_BUSY"))
    return new AppError("database.busy", `Another program holds the database ${file}: stop it first.`, { cause });
  return unwritable(path.dirname(file), cause);
}

function damaged(file: string, reason: string): AppError {
  const advice = "put back a backup, or move it away to begin anew; nothing was changed";
  return new AppError("database.damaged", `The database ${file} is damaged (${reason}): ${advice}.`);
}
