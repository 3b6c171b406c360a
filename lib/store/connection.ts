import { statSync } from "node:fs";
import path from "node:path";
import { TransactionRollbackError } from "drizzle-orm";
import { AppError } from "#lib/app-error.ts";
import type { Result } from "#lib/site/problem.ts";
import { type Database, type DatabaseOptions, type Orm, openDatabase, sqliteCode, type Transaction } from "#lib/store/database.ts";

/**
 * One database file, opened at first use and again after it was missing, locked or replaced by another file.
 * Whatever SQLite cannot do is thrown as AppError `store.unavailable`; the next call tries again.
 */
export type Connection = {
  read<T>(work: (queries: Orm) => T): T;
  /** A reading transaction: everything in it sees one state. */
  readTogether<T>(work: (queries: Transaction) => T): T;
  /** A writing transaction, all or nothing, durable when it returns. `work` is synchronous: an await would leave it. */
  write<T>(work: (queries: Transaction) => T): T;
  /** A writing transaction that is undone when `work` refuses. */
  attempt<T>(work: (queries: Transaction) => Result<T>): Result<T>;
  /** Moves the write-ahead log into the file and empties it, so that what was overwritten is nowhere any more; false while others read. */
  emptyLog(): boolean;
  /** Whether anything may have been committed by others since the last call; true after each (re)opening. */
  hasMoved(): boolean;
  /** Counts the files that have been opened: a reader that sees another number holds what an older file said. */
  generation(): number;
  close(): void;
};

type Opened = Database & { inode: bigint };

export function openConnection(file: string, options: DatabaseOptions): Connection {
  let opened: Opened | null = null;
  let generation = 0;
  let lastVersion: number | undefined;

  function close() {
    opened?.close();
    opened = null;
    lastVersion = undefined;
  }

  function use<T>(work: (database: Opened) => T): T {
    try {
      if (opened && inodeOf(file) !== opened.inode) close();
      if (!opened) {
        const inode = inodeOf(file);
        opened = { ...openDatabase(file, options), inode };
        generation += 1;
      }
      return work(opened);
    } catch (cause) {
      throw unavailable(file, cause, close);
    }
  }

  /** The refusal is carried past the rollback, which SQLite only does for an exception. */
  function attempt<T>(work: (queries: Transaction) => Result<T>): Result<T> {
    let result: Result<T> | undefined;
    try {
      return use(({ orm }) =>
        orm.transaction(
          (tx) => {
            result = work(tx);
            if (!result.ok) tx.rollback();
            return result;
          },
          { behavior: "immediate" },
        ),
      );
    } catch (failure) {
      if (failure instanceof TransactionRollbackError && result) return result;
      throw failure;
    }
  }

  return {
    attempt,
    read: (work) => use(({ orm }) => work(orm)),
    readTogether: (work) => use(({ orm }) => orm.transaction(work, { behavior: "deferred" })),
    write: (work) => use(({ orm }) => orm.transaction(work, { behavior: "immediate" })),
    emptyLog: () => use(({ emptyLog }) => emptyLog()),
    hasMoved: () =>
      use(({ dataVersion }) => {
        const version = dataVersion();
        const hasMoved = version !== lastVersion;
        lastVersion = version;
        return hasMoved;
      }),
    generation: () => generation,
    close,
  };
}

/** A connection to a file that was moved away goes on reading the old one for ever; its inode tells. */
function inodeOf(file: string): bigint {
  return statSync(file, { bigint: true }).ino;
}

/** Damage and I/O errors drop the connection too, so that a restored file is opened afresh. */
function unavailable(file: string, cause: unknown, close: () => void): unknown {
  if (cause instanceof AppError) return cause;
  const code = sqliteCode(cause) ?? fileSystemCode(cause);
  if (code === undefined || code.startsWith("SQLITE_CONSTRAINT")) return cause;
  if (!code.startsWith("SQLITE_BUSY")) close();
  return new AppError("store.unavailable", `${path.basename(file)} cannot be used at the moment (${code}).`, { cause });
}

function fileSystemCode(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause && "syscall" in cause ? String(cause.code) : undefined;
}
