import { statSync, unlinkSync } from "node:fs";
import path from "node:path";
import { AppError } from "#lib/app-error.ts";
import { ensureDataFolder, unwritable } from "#lib/store/data-folder.ts";
import { openLockDatabase, sqliteCode } from "#lib/store/database.ts";

/** Held while the product runs on a data folder. */
export type DataFolderLock = { release(): void };

const programs = ["console", "sensor"] as const;

/**
 * Takes the data folder for this process, or what one program needs of it, or throws `data.in-use`. SQLite's exclusive
 * lock is the operating system's: it ends with the process however that dies, and no left-over file can block a start.
 */
export function lockDataFolder(dataDir: string, only?: (typeof programs)[number]): DataFolderLock {
  const locks: DataFolderLock[] = [];
  const release = () => {
    for (const lock of locks) lock.release();
  };
  try {
    for (const name of only ? [only] : programs) locks.push(takeLock(dataDir, `${name}.lock`, inUse(dataDir)));
  } catch (failure) {
    release();
    throw failure;
  }
  return { release };
}

/** Takes the right to rotate the keyring, beside a product that runs, or throws `keyring.in-use`. */
export function lockKeyring(dataDir: string): DataFolderLock {
  return takeLock(
    dataDir,
    "keyring.lock",
    new AppError("keyring.in-use", "The keyring is being rotated already: wait until that is done."),
  );
}

function takeLock(dataDir: string, name: string, taken: AppError): DataFolderLock {
  ensureDataFolder(dataDir);
  const file = path.join(dataDir, name);
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const lock = tryLock(dataDir, file, taken);
    if (lock) return lock;
  }
  throw taken;
}

/** Null when the file was taken away between opening and locking it: then the lock is worth nothing. */
function tryLock(dataDir: string, file: string, taken: AppError): DataFolderLock | null {
  try {
    const database = openLockDatabase(file);
    try {
      const before = inodeOf(file);
      database.pragma("journal_mode = MEMORY");
      database.exec("BEGIN EXCLUSIVE");
      if (before !== undefined && before === inodeOf(file)) return { release: () => release(database, file) };
    } catch (cause) {
      database.close();
      throw cause;
    }
    database.close();
    return null;
  } catch (cause) {
    throw sqliteCode(cause)?.startsWith("SQLITE_BUSY") ? taken : unwritable(dataDir, cause);
  }
}

function release(database: ReturnType<typeof openLockDatabase>, file: string): void {
  if (!database.open) return;
  try {
    unlinkSync(file);
  } catch {
    // Windows does not remove open files; the empty file is harmless.
  }
  database.close();
}

function inodeOf(file: string): bigint | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino;
}

function inUse(dataDir: string): AppError {
  return new AppError("data.in-use", `Tessera already runs on the data folder ${dataDir}: stop it first, or set another DATA_DIR.`);
}
