import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { derLength } from "#lib/pki/der.ts";
import { type Finding, fault } from "#lib/pki/finding.ts";
import { describeKey, isOversizedKey, type KeyFacts, keyFacts } from "#lib/pki/key-facts.ts";
import type { PemBlock } from "#lib/pki/pem.ts";

/** A private key: `pkcs8` and `publicKey` (SubjectPublicKeyInfo) are DER. */
export type PrivateKey = KeyFacts & { pkcs8: Buffer; publicKey: Buffer };

const formats: Record<string, "pkcs8" | "pkcs1" | "sec1"> = {
  "PRIVATE KEY": "pkcs8",
  "RSA PRIVATE KEY": "pkcs1",
  "EC PRIVATE KEY": "sec1",
};

const advice = {
  encrypted:
    "This private key is encrypted. Decrypt it with `openssl pkey -in key.pem -out plain-key.pem`, paste the result and delete that file.",
  openssh: "This private key is in OpenSSH’s own form. Convert a copy with `ssh-keygen -p -m PKCS8 -f COPY` and paste that.",
  foreign: "This private key is of a kind that TLS does not use here. Paste an RSA, EC or Ed25519 key in PEM form.",
  unreadable: "This private key cannot be read: its contents are damaged. Export it again from its source.",
  inconsistent: "The two halves of this private key do not belong together. Export it again from its source.",
};

/** Reads the unencrypted private key of one block: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017) or SEC1 (RFC 5915). */
export function readPrivateKey(block: PemBlock): { key: PrivateKey } | { finding: Finding } {
  if (block.isEncrypted) return { finding: fault("key.encrypted", advice.encrypted, block.number) };
  if (block.label === "OPENSSH PRIVATE KEY") return { finding: fault("key.openssh", advice.openssh, block.number) };
  const type = formats[block.label];
  if (type === undefined) return { finding: fault("key.unsupported", advice.foreign, block.number) };
  if (derLength(block.der) !== block.der.length) return { finding: fault("key.unreadable", advice.unreadable, block.number) };
  try {
    return read(createPrivateKey({ key: block.der, format: "der", type }), block.number);
  } catch {
    return { finding: fault("key.unreadable", advice.unreadable, block.number) };
  }
}

function read(privateKey: KeyObject, block: number): { key: PrivateKey } | { finding: Finding } {
  const facts = keyFacts(privateKey);
  if (!["RSA", "RSA-PSS", "EC", "Ed25519"].includes(facts.type)) return { finding: fault("key.unsupported", advice.foreign, block) };
  const publicKey = createPublicKey(privateKey);
  if (isOversizedKey(publicKey)) return { finding: fault("key.oversized", oversized(facts), block) };
  if (!isPair(privateKey, publicKey)) return { finding: fault("key.inconsistent", advice.inconsistent, block) };
  return {
    key: {
      ...facts,
      pkcs8: privateKey.export({ type: "pkcs8", format: "der" }),
      publicKey: publicKey.export({ type: "spki", format: "der" }),
    },
  };
}

function oversized(facts: KeyFacts): string {
  return `This private key (${describeKey(facts)}) is larger than TLS can use without standing still. Use RSA of at most 8192 bits, P-256 or Ed25519.`;
}

/** A key file carries its public half apart from the private one, and Node does not compare them. */
function isPair(privateKey: KeyObject, publicKey: KeyObject): boolean {
  // Its parameters may forbid the hash below.
  if (privateKey.asymmetricKeyType === "rsa-pss") return true;
  const probe = Buffer.from("tessera");
  const hash = privateKey.asymmetricKeyType === "ed25519" ? null : "sha256";
  return verify(hash, probe, publicKey, sign(hash, probe, privateKey));
}
