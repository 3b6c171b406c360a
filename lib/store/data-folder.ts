import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { AppError } from "#lib/app-error.ts";

/** Makes the data folder with mode 0700 unless it exists; throws `data.unwritable` with a sentence. */
export function ensureDataFolder(dataDir: string): void {
  try {
    createFolder(dataDir);
    if (!statSync(dataDir).isDirectory()) throw Object.assign(new Error("not a folder"), { code: "ENOTDIR" });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unwritable(dataDir, cause);
  }
}

/** Whether the folder gives its group to every new file: then the group's members use each other's databases and the socket. */
export function isSharedFolder(dataDir: string): boolean {
  return (statSync(dataDir).mode & 0o2070) === 0o2070;
}

// Node's own recursive mkdir never returns below a folder that takes none and says ENOENT, as /proc does.
function createFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = path.dirname(folder);
  if (!existsSync(parent)) createFolder(parent);
  mkdirSync(folder, { mode: 0o700 });
}

/** The sentence for a folder that cannot be written, with the system's code for it. */
export function unwritable(dataDir: string, cause: unknown): AppError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new AppError(
    "data.unwritable",
    `The data folder ${dataDir} cannot be written (${code}): give this user a folder of its own or set DATA_DIR.`,
    { cause },
  );
}
