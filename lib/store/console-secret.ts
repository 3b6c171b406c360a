import { createHmac, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import { AppError } from "#lib/app-error.ts";
import { createPrivateFile, type PrivateText, readPrivateFile } from "#lib/store/private-file.ts";

/** Makes the console's secret at the first start; throws `console-secret.unusable` for a file that cannot serve as one. */
export function ensureConsoleSecret(dataDir: string): void {
  const file = fileOf(dataDir);
  if (!existsSync(file)) createPrivateFile(file, `${randomBytes(32).toString("base64url")}\n`);
  readConsoleSecret(dataDir);
}

/**
 * What signs the cookies of sessions and encrypts second factors: a file beside the databases and not in them, so that
 * a copy of console.db opens no session. Without it everybody signs in again, and second factors have to be reset.
 */
export function readConsoleSecret(dataDir: string): string {
  const read = readFile(dataDir);
  if ("isOpenToOthers" in read) throw unusable(dataDir, `is open to other users (mode ${read.mode}): run chmod 600 on it`);
  const secret = read.text.trim();
  if (!/^[\w-]{43}$/.test(secret))
    throw unusable(dataDir, "is damaged: put back the right one, or move it away, after which everybody signs in again");
  return secret;
}

/** A hash that only the holder of the secret can make: for what is compared and must not be read. */
export function keyedHash(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("hex");
}

function readFile(dataDir: string): PrivateText {
  try {
    return readPrivateFile(fileOf(dataDir));
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw unusable(dataDir, `cannot be read (${code}): npm start makes it at the first start`);
  }
}

function fileOf(dataDir: string): string {
  return path.join(dataDir, "console.key");
}

function unusable(dataDir: string, reason: string): AppError {
  return new AppError("console-secret.unusable", `The console’s key file ${fileOf(dataDir)} ${reason}.`);
}
