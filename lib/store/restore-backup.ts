import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { AppError } from "#lib/app-error.ts";
import { oneTimeLinks, sessions, usedCodes, verifications } from "#lib/store/account-tables.ts";
import { type AuditHead, type Authorship, appendAudit, auditHead } from "#lib/store/audit.ts";
import { type BackupLabel, backedUp, readBackup } from "#lib/store/backup.ts";
import { unwritable } from "#lib/store/data-folder.ts";
import { openDatabase, type Transaction } from "#lib/store/database.ts";
import { lockDataFolder } from "#lib/store/lock.ts";
import { migrateDatabases } from "#lib/store/migrate.ts";
import { syncFolder } from "#lib/store/private-file.ts";
import { verifyAudit } from "#lib/store/verify-audit.ts";

/** What was restored: the backup's label, the audit log's head with the restore in it, and what is wrong with that log. */
export type Restored = { label: BackupLabel; head: AuditHead | null; faults: string[] };

/**
 * Puts a backup's databases into a data folder that has none, ends every session and one-time link in them and says so in
 * the audit log. Throws `data.in-use`, `data.not-empty`, `backup.unreadable` or what a start would refuse; then nothing
 * is there.
 */
export function restoreBackup(dataDir: string, file: string, authorship: Authorship): Restored {
  const lock = lockDataFolder(dataDir);
  const draft = path.join(dataDir, "restoring");
  try {
    const present = backedUp.flatMap(filesOf).filter((name) => existsSync(path.join(dataDir, name)));
    if (present.length > 0) throw notEmpty(dataDir, present);
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { mode: 0o700 });
    const label = unpack(file, draft);
    migrateDatabases(draft, { now: authorship.now });
    const found = endAccess(draft, label, authorship);
    moveAll(draft, dataDir);
    return { label, ...found };
  } finally {
    rmSync(draft, { recursive: true, force: true });
    lock.release();
  }
}

/** SQLite would play a log that was left behind into whatever file has the database's name. */
function filesOf(name: string): string[] {
  return ["", "-wal", "-shm", "-journal"].map((side) => name + side);
}

function unpack(file: string, folder: string): BackupLabel {
  const backup = readBackup(file);
  try {
    for (const name of backedUp) writeChunks(path.join(folder, name), backup.chunks(name), file);
    return backup.label;
  } finally {
    backup.close();
  }
}

function writeChunks(target: string, chunks: Iterable<Buffer>, file: string): void {
  const descriptor = openSync(target, "wx", 0o600);
  let count = 0;
  try {
    for (const chunk of chunks) {
      writeSync(descriptor, chunk);
      count += 1;
    }
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  if (count === 0) throw new AppError("backup.unreadable", `The backup ${file} is not whole: ${path.basename(target)} is missing in it.`);
}

function moveAll(from: string, to: string): void {
  try {
    for (const name of backedUp) renameSync(path.join(from, name), path.join(to, name));
  } catch (cause) {
    for (const name of backedUp) rmSync(path.join(to, name), { force: true });
    throw unwritable(to, cause);
  }
  syncFolder(to);
}

/** Whoever was signed in, or held a link, when the backup was made may have lost that right since. */
function endAccess(folder: string, { madeAt, keyIds }: BackupLabel, authorship: Authorship): Pick<Restored, "head" | "faults"> {
  const database = openDatabase(path.join(folder, "console.db"), { isReadonly: false, busyTimeoutMs: 1_000 });
  try {
    return database.orm.transaction((tx: Transaction) => {
      const { faults } = verifyAudit(tx);
      const ended = tx.delete(sessions).run().changes;
      for (const table of [verifications, oneTimeLinks, usedCodes]) tx.delete(table).run();
      const detail = { madeAt: madeAt.toISOString(), keyIds, sessionsEnded: ended };
      appendAudit(tx, authorship, { tenantId: null, action: "database.restore", subject: null, detail });
      return { head: auditHead(tx), faults };
    });
  } finally {
    database.emptyLog();
    database.close();
  }
}

function notEmpty(dataDir: string, present: readonly string[]): AppError {
  const next = "Move them away or set another DATA_DIR; nothing was changed.";
  return new AppError("data.not-empty", `The data folder ${dataDir} holds ${present.join(", ")} already. ${next}`);
}
