import { createHash } from "node:crypto";
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { AppError } from "#lib/app-error.ts";
import type { KeyField } from "#lib/site/schema.ts";
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
const encapsulatedBytes = 32;
const info = Buffer.from("tessera private key");

/** One suite for all: RFC 9180 base mode with X25519, HKDF-SHA256 and AES-256-GCM, whose tag is always 16 bytes. */
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** Seals a PKCS#8 key so that it opens at this place and beside this public half only (RFC 9180 §8.1, associated data). */
export async function sealKey(
  recipient: Recipient,
  pkcs8: Buffer,
  place: { siteId: string; field: KeyField; publicKey: Buffer },
): Promise<SealedKey> {
  const publicKeySha256 = createHash("sha256").update(place.publicKey).digest("hex");
  const recipientPublicKey = await suite.kem.deserializePublicKey(new Uint8Array(recipient.publicKey));
  const associated = associatedData(place.siteId, place.field, publicKeySha256);
  const { enc, ct } = await suite.seal({ recipientPublicKey, info }, pkcs8, associated);
  const sealed = Buffer.concat([Buffer.from(enc), Buffer.from(ct)]);
  return { ...place, publicKeySha256, sealed, keyringKeyId: recipient.id };
}

/** The PKCS#8 key; throws `key.not-in-keyring` or `key.cannot-be-opened` and never says more about its content. */
export async function openKey(keyring: Keyring, key: SealedKey): Promise<Buffer> {
  const own = keyring.keys.find(({ id }) => id === key.keyringKeyId);
  if (!own)
    throw new AppError("key.not-in-keyring", `The keyring does not hold the key ${key.keyringKeyId} that a private key was sealed for.`);
  const enc = new Uint8Array(key.sealed.subarray(0, encapsulatedBytes));
  try {
    const recipientKey = await suite.kem.deserializePrivateKey(new Uint8Array(own.privateKey));
    const associated = associatedData(key.siteId, key.field, key.publicKeySha256);
    return Buffer.from(await suite.open({ recipientKey, enc, info }, key.sealed.subarray(encapsulatedBytes), associated));
  } catch (cause) {
    throw new AppError("key.cannot-be-opened", "A stored private key cannot be opened: it was altered, or belongs to another place.", {
      cause,
    });
  }
}

/** Each part with its length in front, so that no two places ever encode alike. */
function associatedData(siteId: string, field: KeyField, publicKeySha256: string): Buffer {
  const parts = [Buffer.from(siteId), Buffer.from(field), Buffer.from(publicKeySha256, "hex")];
  const lengths = parts.map((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    return [length, part];
  });
  return Buffer.concat([Buffer.from([formatVersion]), ...lengths.flat()]);
}
