import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { closeSync, existsSync, fstatSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { AppError } from "#lib/app-error.ts";
import type { Recipient } from "#lib/store/seal.ts";
import type { ConsoleStore } from "#lib/store/store.ts";

/** `privateKey` and `publicKey` are raw X25519, 32 bytes each. */
export type KeyringKey = { id: string; createdAt: Date; privateKey: Buffer; publicKey: Buffer };

/** The keys that open what is sealed; new keys are sealed for `current`, the newest. */
export type Keyring = { keys: KeyringKey[]; current: KeyringKey };

/** The keyring at `file`: made when the database records none, refused when one it records is not there. */
export async function ensureKeyring(store: Pick<ConsoleStore, "keyring">, file: string, now = new Date()): Promise<Keyring> {
  const recorded = await store.keyring.recordedIds();
  if (recorded.length === 0 && !existsSync(file)) createKeyring(file, now);
  const keyring = openKeyring(file, recorded);
  await store.keyring.record(keyring.current.id, now);
  return keyring;
}

/** Reads a keyring; throws when it is missing, readable by others, damaged, or lacks one of `recordedIds`. */
export function openKeyring(file: string, recordedIds: readonly string[] = []): Keyring {
  const keys = parseKeyring(file, readPrivately(file, recordedIds));
  const missing = recordedIds.find((id) => !keys.some((key) => key.id === id));
  if (missing) {
    throw new AppError(
      "keyring.missing-key",
      `The keyring ${file} lacks the key ${missing}, which stored private keys are sealed for. Put back the keyring that belongs to this database.`,
    );
  }
  const current = keys.at(-1);
  if (!current) throw damaged(file);
  return { keys, current };
}

/** Makes a keyring with one key; whole on disk under its name or not there at all, and never over an existing file. */
export function createKeyring(file: string, now = new Date()): void {
  const { privateKey } = generateKeyPairSync("x25519");
  const raw = Buffer.from(privateKey.export({ format: "jwk" }).d ?? "", "base64url");
  const key = { id: idOf(publicHalf(raw)), createdAt: now.toISOString(), privateKey: raw.toString("base64") };
  const draft = `${file}.${process.pid}.new`;
  try {
    writeDurably(draft, `${JSON.stringify({ keys: [key] }, null, 2)}\n`);
    linkSync(draft, file);
    syncFolder(path.dirname(file));
  } catch (cause) {
    throw new AppError("keyring.unwritable", `The keyring ${file} cannot be created (${codeOf(cause)}).`, { cause });
  } finally {
    if (existsSync(draft)) unlinkSync(draft);
  }
}

/** What the console is given: whom to seal for, as one line of text. */
export function sealingKeyText({ id, publicKey }: Recipient): string {
  return `${id}:${publicKey.toString("base64")}`;
}

/** Reads what `sealingKeyText` wrote; throws `keyring.sealing-key`. */
export function readSealingKey(text: string): Recipient {
  const [id, base64, ...rest] = text.split(":");
  const publicKey = Buffer.from(base64 ?? "", "base64");
  if (!id || rest.length > 0 || publicKey.length !== 32)
    throw new AppError("keyring.sealing-key", "The sealing key is not of the form id:base64.");
  return { id, publicKey };
}

const fileSchema = z.object({
  keys: z.array(z.object({ id: z.string().min(1), createdAt: z.iso.datetime(), privateKey: z.base64() })).min(1),
});

function parseKeyring(file: string, text: string): KeyringKey[] {
  try {
    return fileSchema.parse(JSON.parse(text)).keys.map(({ id, createdAt, privateKey }) => {
      const raw = Buffer.from(privateKey, "base64");
      const publicKey = publicHalf(raw);
      if (id !== idOf(publicKey)) throw damaged(file);
      return { id, createdAt: new Date(createdAt), privateKey: raw, publicKey };
    });
  } catch {
    throw damaged(file); // without its cause: a parser's message may quote the file
  }
}

function damaged(file: string): AppError {
  return new AppError(
    "keyring.damaged",
    `The keyring ${file} is damaged. Put back a copy of it; without it the stored private keys cannot be opened.`,
  );
}

function readPrivately(file: string, recordedIds: readonly string[]): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (cause) {
    const loss = recordedIds.length > 0 ? ` Stored private keys are sealed for its key ${recordedIds.join(", ")}: put the file back.` : "";
    throw new AppError("keyring.missing", `The keyring ${file} cannot be read (${codeOf(cause)}).${loss}`, { cause });
  }
  try {
    refuseOthers(file, fstatSync(descriptor).mode);
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

/** A key that others on the machine could read is treated as it deserves; Windows has no such bits. */
function refuseOthers(file: string, mode: number): void {
  if (process.platform === "win32" || (mode & 0o077) === 0) return;
  throw new AppError(
    "keyring.permissions",
    `The keyring ${file} can be read or written by others (mode ${(mode & 0o777).toString(8)}). Allow it to its owner alone: chmod 600.`,
  );
}

function idOf(publicKey: Buffer): string {
  return createHash("sha256").update(publicKey).digest("hex").slice(0, 16);
}

/** RFC 8410 wraps the raw key in 16 fixed bytes. */
function publicHalf(raw: Buffer): Buffer {
  const der = Buffer.concat([Buffer.from("302e020100300506032b656e04220420", "hex"), raw]);
  const publicKey = createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
  return Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
}

function writeDurably(file: string, text: string): void {
  const descriptor = openSync(file, "wx", 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
}
