import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { existsSync } from "node:fs";
import { z } from "zod";
import { AppError } from "#lib/app-error.ts";
import { createPrivateFile, type PrivateText, readPrivateFile, replacePrivateFile } from "#lib/store/private-file.ts";
import type { ConsoleStore } from "#lib/store/store.ts";

/** `privateKey` and `publicKey` are raw X25519, 32 bytes each; the id is derived from the public half. */
export type KeyringKey = { id: string; createdAt: Date; privateKey: Buffer; publicKey: Buffer };

/** The keys that open what is sealed; new keys are sealed for `current`, the newest. */
export type Keyring = { keys: KeyringKey[]; current: KeyringKey };

/** The keyring at `file`: made when the database records none, refused when one it records is not there. */
export async function ensureKeyring(store: Pick<ConsoleStore, "keyring">, file: string, now = new Date()): Promise<Keyring> {
  const recorded = await store.keyring.recordedIds();
  if (recorded.length === 0 && !existsSync(file)) createKeyring(file, now);
  const keyring = openKeyring(file, recorded);
  await store.keyring.record(keyring.current, { author: "launcher", address: null, now });
  return keyring;
}

/** Reads a keyring; throws when it is missing, readable by others, damaged, or lacks one of `recordedIds`. */
export function openKeyring(file: string, recordedIds: readonly string[] = []): Keyring {
  const keys = parseKeyring(file, readKeyring(file, recordedIds));
  const missing = recordedIds.find((id) => !keys.some((key) => key.id === id));
  const current = keys.at(-1);
  if (missing === undefined && current) return { keys, current };
  throw new AppError(
    "keyring.missing-key",
    `The keyring ${file} lacks the key ${missing}, which stored private keys are sealed for: put back the keyring that belongs to this database.`,
  );
}

/** Makes a keyring with one key, never over an existing file. */
export function createKeyring(file: string, now = new Date()): void {
  write(file, "created", (text) => createPrivateFile(file, text), [newKey(now)]);
}

/** Adds a key, for which from now on new keys are sealed; the others go on opening. */
export function addKey(file: string, now = new Date()): Keyring {
  const { keys } = openKeyring(file);
  write(file, "changed", (text) => replacePrivateFile(file, text), [...keys, newKey(now)]);
  return openKeyring(file);
}

/** Removes every key but the newest: what is sealed for the others cannot be opened by this keyring any more. */
export function keepNewestKey(file: string): Keyring {
  write(file, "changed", (text) => replacePrivateFile(file, text), [openKeyring(file).current]);
  return openKeyring(file);
}

/** The id of a key by its raw public half. */
export function keyringKeyId(publicKey: Buffer): string {
  return createHash("sha256").update(publicKey).digest("hex").slice(0, 16);
}

const fileSchema = z.object({
  keys: z.array(z.object({ id: z.string(), createdAt: z.iso.datetime(), privateKey: z.base64() })).min(1),
});

/** A parser's own message may quote the file, so that none goes into the error. */
function parseKeyring(file: string, text: string): KeyringKey[] {
  try {
    return fileSchema.parse(JSON.parse(text)).keys.map(({ id, createdAt, privateKey }) => {
      const raw = Buffer.from(privateKey, "base64");
      const publicKey = publicHalf(raw);
      if (id !== keyringKeyId(publicKey)) throw new Error("the id belongs to another key");
      return { id, createdAt: new Date(createdAt), privateKey: raw, publicKey };
    });
  } catch {
    throw new AppError(
      "keyring.damaged",
      `The keyring ${file} is damaged: put back a copy of it, or the stored private keys cannot be opened.`,
    );
  }
}

function readKeyring(file: string, recordedIds: readonly string[]): string {
  const content = readOrExplain(file, recordedIds);
  if ("text" in content) return content.text;
  throw new AppError(
    "keyring.permissions",
    `The keyring ${file} can be read or written by others (mode ${content.mode}): allow it to its owner alone with chmod 600.`,
  );
}

function readOrExplain(file: string, recordedIds: readonly string[]): PrivateText {
  try {
    return readPrivateFile(file);
  } catch (cause) {
    const loss = recordedIds.length > 0 ? `: stored private keys are sealed for its key ${recordedIds.join(", ")}, put the file back` : "";
    throw new AppError("keyring.missing", `The keyring ${file} cannot be read (${codeOf(cause)})${loss}.`, { cause });
  }
}

function newKey(createdAt: Date): KeyringKey {
  const privateKey = Buffer.from(generateKeyPairSync("x25519").privateKey.export({ format: "jwk" }).d ?? "", "base64url");
  const publicKey = publicHalf(privateKey);
  return { id: keyringKeyId(publicKey), createdAt, privateKey, publicKey };
}

function write(file: string, verb: string, put: (text: string) => void, keys: readonly KeyringKey[]): void {
  const stored = keys.map(({ id, createdAt, privateKey }) => ({
    id,
    createdAt: createdAt.toISOString(),
    privateKey: privateKey.toString("base64"),
  }));
  try {
    put(`${JSON.stringify({ keys: stored }, null, 2)}\n`);
  } catch (cause) {
    throw new AppError("keyring.unwritable", `The keyring ${file} cannot be ${verb} (${codeOf(cause)}).`, { cause });
  }
}

/** RFC 8410 §7 wraps the raw key in 16 fixed bytes. */
function publicHalf(raw: Buffer): Buffer {
  const der = Buffer.concat([Buffer.from("302e020100300506032b656e04220420", "hex"), raw]);
  const publicKey = createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
  return Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
}
