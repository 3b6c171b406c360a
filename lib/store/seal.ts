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

/** The address and the signing secret of a tenant's webhook, that only the holder of the keyring can open. */
export type SealedWebhook = { tenantId: string; id: string; sealed: Buffer; keyringKeyId: string };

/** Where a tenant's notices go, and what signs them (raw bytes). */
export type WebhookSecret = { url: string; secret: Buffer };

const formatVersion = 1;
const encapsulatedBytes = 32;

/** One suite for all: RFC 9180 base mode with X25519, HKDF-SHA256 and AES-256-GCM, whose tag is always 16 bytes. */
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** Seals a PKCS#8 key so that it opens at this place and beside this public half only (RFC 9180 §8.1, associated data). */
export async function sealKey(
  recipient: Recipient,
  pkcs8: Buffer,
  place: { siteId: string; field: KeyField; publicKey: Buffer },
): Promise<SealedKey> {
  const publicKeySha256 = createHash("sha256").update(place.publicKey).digest("hex");
  const sealed = await seal(recipient, pkcs8, ofKey({ ...place, publicKeySha256 }));
  return { ...place, publicKeySha256, sealed, keyringKeyId: recipient.id };
}

/** The PKCS#8 key; throws `key.not-in-keyring` or `key.cannot-be-opened` and never says more about its content. */
export function openKey(keyring: Keyring, key: SealedKey): Promise<Buffer> {
  return open(keyring, key, ofKey(key));
}

/** Seals what a webhook is called with so that it opens for this tenant and under this id only. */
export async function sealWebhook(
  recipient: Recipient,
  { url, secret }: WebhookSecret,
  place: { tenantId: string; id: string },
): Promise<SealedWebhook> {
  const text = Buffer.from(JSON.stringify({ url, secret: secret.toString("base64") }));
  return { ...place, sealed: await seal(recipient, text, ofWebhook(place)), keyringKeyId: recipient.id };
}

/** What a webhook is called with; throws as `openKey` does. */
export async function openWebhook(keyring: Keyring, webhook: SealedWebhook): Promise<WebhookSecret> {
  const { url, secret }: { url: string; secret: string } = JSON.parse((await open(keyring, webhook, ofWebhook(webhook))).toString());
  return { url, secret: Buffer.from(secret, "base64") };
}

/** What is sealed, in words, and what its sealing is bound to; `info` keeps one kind from opening as another. */
type Place = { what: string; info: Buffer; parts: Buffer[] };

function ofKey({ siteId, field, publicKeySha256 }: Pick<SealedKey, "siteId" | "field" | "publicKeySha256">): Place {
  const parts = [Buffer.from(siteId), Buffer.from(field), Buffer.from(publicKeySha256, "hex")];
  return { what: "private key", info: Buffer.from("tessera private key"), parts };
}

function ofWebhook({ tenantId, id }: { tenantId: string; id: string }): Place {
  return { what: "webhook", info: Buffer.from("tessera webhook"), parts: [Buffer.from(tenantId), Buffer.from(id)] };
}

async function seal(recipient: Recipient, content: Buffer, place: Place): Promise<Buffer> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(new Uint8Array(recipient.publicKey));
  const { enc, ct } = await suite.seal({ recipientPublicKey, info: place.info }, content, associatedData(place));
  return Buffer.concat([Buffer.from(enc), Buffer.from(ct)]);
}

async function open(keyring: Keyring, { sealed, keyringKeyId }: { sealed: Buffer; keyringKeyId: string }, place: Place): Promise<Buffer> {
  const { what, info } = place;
  const own = keyring.keys.find(({ id }) => id === keyringKeyId);
  if (!own) throw new AppError("key.not-in-keyring", `The keyring does not hold the key ${keyringKeyId} that a ${what} was sealed for.`);
  const enc = new Uint8Array(sealed.subarray(0, encapsulatedBytes));
  try {
    const recipientKey = await suite.kem.deserializePrivateKey(new Uint8Array(own.privateKey));
    return Buffer.from(await suite.open({ recipientKey, enc, info }, sealed.subarray(encapsulatedBytes), associatedData(place)));
  } catch (cause) {
    const message = `A stored ${what} cannot be opened: it was altered, or belongs to another place.`;
    throw new AppError("key.cannot-be-opened", message, { cause });
  }
}

/** Each part with its length in front, so that no two places ever encode alike. */
function associatedData({ parts }: Place): Buffer {
  const lengths = parts.map((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    return [length, part];
  });
  return Buffer.concat([Buffer.from([formatVersion]), ...lengths.flat()]);
}
