import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";

const encapsulatedBytes = 32;

/** One suite for all: RFC 9180 base mode with X25519, HKDF-SHA256 and AES-256-GCM, whose tag is always 16 bytes. */
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** What something is sealed for: what opens under one `info` and `associated` opens under no other (RFC 9180 §8.1). */
export type SealContext = { info: Buffer; associated: Buffer };

/** Seals for a raw X25519 public key; answers the encapsulated key (32 bytes), then the ciphertext with its tag. */
export async function sealBytes(publicKey: Buffer, plain: Buffer, { info, associated }: SealContext): Promise<Buffer> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(new Uint8Array(publicKey));
  const { enc, ct } = await suite.seal({ recipientPublicKey, info }, plain, associated);
  return Buffer.concat([Buffer.from(enc), Buffer.from(ct)]);
}

/** Opens with a raw X25519 private key; throws when anything at all is another than it was sealed with. */
export async function openBytes(privateKey: Buffer, sealed: Buffer, { info, associated }: SealContext): Promise<Buffer> {
  const enc = new Uint8Array(sealed.subarray(0, encapsulatedBytes));
  const recipientKey = await suite.kem.deserializePrivateKey(new Uint8Array(privateKey));
  return Buffer.from(await suite.open({ recipientKey, enc, info }, sealed.subarray(encapsulatedBytes), associated));
}

/** A version, then each part with its length in front, so that no two lists ever encode alike. */
export function associate(version: number, parts: readonly Buffer[]): Buffer {
  const lengths = parts.flatMap((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    return [length, part];
  });
  return Buffer.concat([Buffer.from([version]), ...lengths]);
}
