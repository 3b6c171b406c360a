import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { AppError } from "#lib/app-error.ts";
import type { KeyField } from "#lib/site/schema.ts";
import type { Keyring } from "#lib/store/keyring.ts";
import { openKey, type SealedKey } from "#lib/store/seal.ts";
import type { SensorStore } from "#lib/store/store.ts";

/** Opens the private key of a field whose public half (DER SubjectPublicKeyInfo) the revision names. */
export type OpenStoredKey = (siteId: string, field: KeyField, publicKey: Buffer) => Promise<KeyObject>;

/** Why a key cannot be used, with the form's field it belongs to. */
export class KeyFailure extends AppError {
  readonly field: KeyField;

  constructor(field: KeyField, code: string, message: string, cause?: unknown) {
    super(code, `${message} Paste the credentials again with the key.`, { cause });
    this.field = field;
  }
}

/**
 * Opens keys out of the store. Throws KeyFailure (`key.missing`, `key.not-in-keyring`, `key.cannot-be-opened`,
 * `key.mismatch`), or AppError `store.unavailable` when the database cannot be read now, which says nothing about the key.
 */
export function createKeyOpener(store: Pick<SensorStore, "sealedKeys">, keyring: Keyring): OpenStoredKey {
  return async (siteId, field, publicKey) => {
    const sealed = await store.sealedKeys.get(siteId, field, createHash("sha256").update(publicKey).digest("hex"));
    if (sealed === null) throw new KeyFailure(field, "key.missing", "The private key of these credentials is not stored.");
    return readKey(field, await openSealed(sealed), publicKey);
  };

  async function openSealed(sealed: SealedKey): Promise<Buffer> {
    try {
      return await openKey(keyring, sealed);
    } catch (cause) {
      throw cause instanceof AppError ? new KeyFailure(sealed.field, cause.code, cause.message, cause) : cause;
    }
  }
}

/** The console judged the public half only: here is the one place that can see whether the key belongs to it. */
function readKey(field: KeyField, pkcs8: Buffer, publicKey: Buffer): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  } catch (cause) {
    throw new KeyFailure(field, "key.cannot-be-opened", "The stored private key cannot be read.", cause);
  } finally {
    pkcs8.fill(0);
  }
  if (createPublicKey(key).export({ type: "spki", format: "der" }).equals(publicKey)) return key;
  throw new KeyFailure(field, "key.mismatch", "The stored private key does not fit the certificate.");
}
