import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { AppError } from "#lib/app-error.ts";
import type { KeyField } from "#lib/site/schema.ts";
import { openKey, type SealedKey } from "#lib/store/seal.ts";
import type { SensorStore } from "#lib/store/store.ts";
import type { KeyringFile } from "#sensor/keyring-file.ts";

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
export function createKeyOpener(store: Pick<SensorStore, "sealedKeys">, keyrings: KeyringFile): OpenStoredKey {
  return async (siteId, field, publicKey) => {
    const fingerprint = createHash("sha256").update(publicKey).digest("hex");
    const sealedNow = () => store.sealedKeys.get(siteId, field, fingerprint);
    return readKey(field, await openSealed(field, sealedNow), publicKey);
  };

  /** While keys are rotated the keyring, or what is sealed, may be newer than what was read of the other: then both are read again. */
  async function openSealed(field: KeyField, sealedNow: () => Promise<SealedKey | null>): Promise<Buffer> {
    try {
      return await openKey(keyrings.current(), stored(field, await sealedNow()));
    } catch (cause) {
      if (!(cause instanceof AppError) || cause.code !== "key.not-in-keyring") throw asFailure(field, cause);
    }
    keyrings.refresh();
    try {
      return await openKey(keyrings.current(), stored(field, await sealedNow()));
    } catch (cause) {
      throw asFailure(field, cause);
    }
  }
}

function stored(field: KeyField, sealed: SealedKey | null): SealedKey {
  if (sealed === null) throw new KeyFailure(field, "key.missing", "The private key of these credentials is not stored.");
  return sealed;
}

/** The store's faults say nothing about the key and are thrown on. */
function asFailure(field: KeyField, cause: unknown): unknown {
  const isOfKey = cause instanceof AppError && cause.code.startsWith("key.") && !(cause instanceof KeyFailure);
  return isOfKey ? new KeyFailure(field, cause.code, cause.message, cause) : cause;
}

/**
 * The key out of its PKCS#8 form, which is wiped; throws KeyFailure when it is none or belongs to another public half. The
 * console judged the public half only: here is the one place that can see whether the key belongs to it.
 */
export function readKey(field: KeyField, pkcs8: Buffer, publicKey: Buffer): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  } catch (cause) {
    throw new KeyFailure(field, "key.cannot-be-opened", "The private key cannot be read.", cause);
  } finally {
    pkcs8.fill(0);
  }
  if (createPublicKey(key).export({ type: "spki", format: "der" }).equals(publicKey)) return key;
  throw new KeyFailure(field, "key.mismatch", "The private key does not fit the certificate.");
}
