import { createHash } from "node:crypto";
import { AppError } from "#lib/app-error.ts";
import type { KeyField } from "#lib/site/schema.ts";
import { associate, openBytes, type SealContext, sealBytes } from "#lib/store/hpke.ts";
import type { Keyring } from "#lib/store/keyring.ts";

/** A private key that only the holder of the keyring can open, with its public half in the clear. */
export type SealedKey = {
  siteId: string;
  field: KeyField;
  /** DER SubjectPublicKeyInfo. */
  publicKey: Buffer;
  /** Hex, lower case. */
  publicKeySha256: string;
  /** Encapsulated key (32 bytes), then ciphertext with its tag. */
  sealed: Buffer;
  keyringKeyId: string;
};

/** Whom to seal for: a key of the keyring by its id and raw X25519 public half. */
export type Recipient = { id: string; publicKey: Buffer };

const formatVersion = 1;
const info = Buffer.from("tessera private key");

/** Seals a PKCS#8 key so that it opens at this place and beside this public half only (RFC 9180 §8.1, associated data). */
export async function sealKey(
  recipient: Recipient,
  pkcs8: Buffer,
  place: { siteId: string; field: KeyField; publicKey: Buffer },
): Promise<SealedKey> {
  const publicKeySha256 = createHash("sha256").update(place.publicKey).digest("hex");
  const sealed = await sealBytes(recipient.publicKey, pkcs8, contextOf({ ...place, publicKeySha256 }));
  return { ...place, publicKeySha256, sealed, keyringKeyId: recipient.id };
}

/** The PKCS#8 key; throws `key.not-in-keyring` or `key.cannot-be-opened` and never says more about its content. */
export async function openKey(keyring: Keyring, key: SealedKey): Promise<Buffer> {
  const own = keyring.keys.find(({ id }) => id === key.keyringKeyId);
  if (!own)
    throw new AppError("key.not-in-keyring", `The keyring does not hold the key ${key.keyringKeyId} that a private key was sealed for.`);
  try {
    return await openBytes(own.privateKey, key.sealed, contextOf(key));
  } catch (cause) {
    throw new AppError("key.cannot-be-opened", "A stored private key cannot be opened: it was altered, or belongs to another place.", {
      cause,
    });
  }
}

function contextOf({ siteId, field, publicKeySha256 }: Pick<SealedKey, "siteId" | "field" | "publicKeySha256">): SealContext {
  const parts = [Buffer.from(siteId), Buffer.from(field), Buffer.from(publicKeySha256, "hex")];
  return { info, associated: associate(formatVersion, parts) };
}
