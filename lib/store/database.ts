import Sqlite from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";

export type DatabaseOptions = {
  isReadonly: boolean;
  /** How long a statement waits for another process's lock. The wait blocks this whole process. */
  busyTimeoutMs: number;
  /** Off only while migrations rebuild tables. */
  hasForeignKeys?: boolean;
};

export type Database = ReturnType<typeof openDatabase>;
export type Orm = Database["orm"];
/** What runs inside a transaction: the same queries, none of the connection's own switches. */
export type Transaction = Parameters<Parameters<Orm["transaction"]>[0]>[0];
export type Queries = Orm | Transaction;

/**
 * Opens an existing SQLite file and sets every pragma the store relies on: a reopened WAL database runs
 * `synchronous=NORMAL` and `secure_delete=0` unless each connection asks for more.
 */
export function openDatabase(file: string, options: DatabaseOptions) {
  const client = new Sqlite(file, { readonly: options.isReadonly, fileMustExist: true, timeout: options.busyTimeoutMs });
  try {
    if (!options.isReadonly) client.pragma("journal_mode = WAL");
    client.pragma("synchronous = FULL");
    client.pragma("secure_delete = ON");
    client.pragma(`foreign_keys = ${options.hasForeignKeys === false ? "OFF" : "ON"}`);
    client.pragma("trusted_schema = OFF");
    const dataVersion = client.prepare<[], number>("PRAGMA data_version").pluck();
    return {
      orm: drizzle({ client }),
      /** Moves the log into the file and empties it; false while somebody else reads from it. */
      emptyLog: () => client.pragma("wal_checkpoint(TRUNCATE)", { simple: true }) === 0,
      /** Another number once any other connection has committed. */
      dataVersion: () => dataVersion.get(),
      close: () => client.close(),
    };
  } catch (cause) {
    client.close();
    throw cause;
  }
}

/** Opens a file to look at it: no pragma that writes, so that a file which is refused stays as it was. */
export function inspectDatabase(file: string, isReadonly: boolean): Sqlite.Database {
  const client = new Sqlite(file, { readonly: isReadonly, fileMustExist: true, timeout: 2_000 });
  if (!isReadonly) client.pragma("query_only = ON");
  return client;
}

/** Writes what a database holds at this moment into `target`, an empty file, while others go on writing to it. */
export function copyDatabase(file: string, target: string): void {
  const client = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 5_000 });
  try {
    client.prepare("VACUUM INTO ?").run(target);
  } finally {
    client.close();
  }
}

/** Opens a file that holds other files: an empty one to fill it, or a whole one to read it. */
export function openArchive(file: string, isReadonly: boolean): Sqlite.Database {
  const client = new Sqlite(file, { readonly: isReadonly, fileMustExist: true, timeout: 0 });
  client.pragma("trusted_schema = OFF");
  if (!isReadonly) client.pragma("synchronous = FULL");
  return client;
}

/** Creates or opens a small database that is only ever locked, never written. */
export function openLockDatabase(file: string): Sqlite.Database {
  return new Sqlite(file, { timeout: 0 });
}

/** SQLite's own error code (`SQLITE_BUSY`, `SQLITE_NOTADB` …) of a failure or of what caused it, else undefined. */
export function sqliteCode(failure: unknown): string | undefined {
  if (failure instanceof Sqlite.SqliteError) return failure.code;
  return failure instanceof Error && failure.cause !== undefined ? sqliteCode(failure.cause) : undefined;
}
