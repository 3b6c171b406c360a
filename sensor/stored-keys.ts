import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { AppError } from "#lib/app-error.ts";
import type { KeyField } from "#lib/site/schema.ts";
import type { Keyring } from "#lib/store/keyring.ts";
import { openKey } from "#lib/store/seal.ts";
import type { SensorStore } from "#lib/store/store.ts";

/** Opens the private key of a field whose public half (DER SubjectPublicKeyInfo) the revision names. */
export type OpenStoredKey = (siteId: string, field: KeyField, publicKey: Buffer) => Promise<KeyObject>;

/**
 * Opens keys out of the store. Throws AppError: `key.missing`, `key.not-in-keyring`, `key.cannot-be-opened`, `key.mismatch`,
 * or `store.unavailable` when the database cannot be read at the moment, which says nothing about the key.
 */
export function createKeyOpener(store: Pick<SensorStore, "sealedKeys">, keyring: Keyring): OpenStoredKey {
  return async (siteId, field, publicKey) => {
    const sealed = await store.sealedKeys.get(siteId, field, createHash("sha256").update(publicKey).digest("hex"));
    if (sealed === null)
      throw new AppError("key.missing", "The private key of these credentials is not stored. Paste them again with the key.");
    return readKey(await openKey(keyring, sealed), publicKey);
  };
}

/** The console judged the public half only: here is the one place that can see whether the key belongs to it. */
function readKey(pkcs8: Buffer, publicKey: Buffer): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  } catch (cause) {
    throw new AppError("key.cannot-be-opened", "The stored private key cannot be read. Paste the credentials again with the key.", {
      cause,
    });
  } finally {
    pkcs8.fill(0);
  }
  if (createPublicKey(key).export({ type: "spki", format: "der" }).equals(publicKey)) return key;
  throw new AppError("key.mismatch", "The stored private key does not fit the certificate. Paste the credentials again with the key.");
}
