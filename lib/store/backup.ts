import { closeSync, openSync, readSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { AppError } from "#lib/app-error.ts";
import { copyDatabase, openArchive, sqliteCode } from "#lib/store/database.ts";
import { fillPrivateFile } from "#lib/store/private-file.ts";

/** What a backup says of itself: when it was made, and the keyring's keys without which its private keys cannot be opened. */
export type BackupLabel = { madeAt: Date; keyIds: string[] };

/** What the console said is always at least as new as what the sensor said of it: so the sensor's goes first. */
export const backedUp = ["sensor.db", "console.db"] as const;

const formatVersion = 1;
const chunkBytes = 4 * 1024 * 1024;

/**
 * Writes both databases as they are at this moment into one new file with mode 0600, while the product runs. Throws
 * `backup.exists` or `backup.unwritable`; then there is no file.
 */
export function writeBackup(dataDir: string, file: string, { madeAt, keyIds }: BackupLabel): void {
  try {
    fillPrivateFile(file, (draft) => {
      const archive = openArchive(draft, false);
      try {
        archive.exec(
          "CREATE TABLE label (text TEXT NOT NULL); CREATE TABLE chunks (name TEXT, number INTEGER, bytes BLOB, PRIMARY KEY (name, number))",
        );
        const label = { format: "tessera-backup", version: formatVersion, madeAt: madeAt.toISOString(), keyIds };
        archive.prepare("INSERT INTO label VALUES (?)").run(JSON.stringify(label));
        const insert = archive.prepare("INSERT INTO chunks VALUES (?, ?, ?)");
        for (const name of backedUp) {
          const copy = `${draft}.${name}`;
          fillPrivateFile(copy, (target) => copyDatabase(path.join(dataDir, name), target));
          try {
            archive.transaction(() => {
              for (const [number, bytes] of chunksOf(copy)) insert.run(name, number, bytes);
            })();
          } finally {
            rmSync(copy, { force: true });
          }
        }
      } finally {
        archive.close();
      }
    });
  } catch (cause) {
    throw explain(file, cause);
  }
}

/** Reads a backup's label, and its files one after the other in chunks. Throws `backup.unreadable`. */
export function readBackup(file: string): { label: BackupLabel; chunks(name: string): Iterable<Buffer>; close(): void } {
  try {
    const archive = openArchive(file, true);
    try {
      const text = archive.prepare<[], string>("SELECT text FROM label").pluck().get();
      const { madeAt, keyIds } = labelSchema.parse(JSON.parse(text ?? "null"));
      const select = archive.prepare<[string], Buffer>("SELECT bytes FROM chunks WHERE name = ? ORDER BY number").pluck();
      return { label: { madeAt: new Date(madeAt), keyIds }, chunks: (name) => select.iterate(name), close: () => archive.close() };
    } catch (cause) {
      archive.close();
      throw cause;
    }
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

const labelSchema = z.object({
  format: z.literal("tessera-backup"),
  version: z.literal(formatVersion),
  madeAt: z.iso.datetime(),
  keyIds: z.array(z.string()),
});

function* chunksOf(file: string): Generator<[number: number, bytes: Buffer]> {
  const descriptor = openSync(file, "r");
  try {
    for (let number = 0; ; number += 1) {
      const bytes = Buffer.alloc(chunkBytes);
      const length = readSync(descriptor, bytes, 0, chunkBytes, null);
      if (length === 0) return;
      yield [number, bytes.subarray(0, length)];
    }
  } finally {
    closeSync(descriptor);
  }
}

function explain(file: string, cause: unknown): unknown {
  const code = codeOf(cause);
  if (code === undefined) return cause;
  if (code === "EEXIST")
    return new AppError("backup.exists", `${file} exists already: name another file, nothing was written over.`, { cause });
  return new AppError("backup.unwritable", `The backup ${file} cannot be written (${code}); there is no such file.`, { cause });
}

function unreadable(file: string, cause: unknown): AppError {
  const code = codeOf(cause);
  const isAboutFile = code !== undefined && (code.startsWith("E") || code.startsWith("SQLITE_CANTOPEN"));
  const reason = isAboutFile ? code : "it is no backup of Tessera, or one of a newer version";
  return new AppError("backup.unreadable", `The backup ${file} cannot be read (${reason}).`, { cause });
}

function codeOf(cause: unknown): string | undefined {
  return sqliteCode(cause) ?? (cause instanceof Error && "code" in cause ? String(cause.code) : undefined);
}
