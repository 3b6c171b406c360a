import { createPrivateKey, createPublicKey, type KeyObject, randomBytes } from "node:crypto";

const bytes = 2_048;

/** An RSA key of 16,384 bits that nobody had to make: its numbers are random, and Node asks no more of it. */
export function hugePrivateKey(): string {
  const half = () => number(bytes / 2);
  const key = { kty: "RSA", n: number(bytes), e: "AQAB", d: number(bytes), p: half(), q: half(), dp: half(), dq: half(), qi: half() };
  return createPrivateKey({ key, format: "jwk" }).export({ type: "pkcs8", format: "pem" }).toString();
}

/** Its public half alone, with an exponent of `exponentBytes`. */
export function hugePublicKey({ modulusBytes = bytes, exponentBytes = 3 } = {}): KeyObject {
  return createPublicKey({ key: { kty: "RSA", n: number(modulusBytes), e: number(exponentBytes) }, format: "jwk" });
}

/** Odd, and with its highest bit set. */
function number(length: number): string {
  const value = randomBytes(length);
  value[0] = (value[0] ?? 0) | 0x80;
  value[length - 1] = (value[length - 1] ?? 0) | 1;
  return value.toString("base64url");
}
