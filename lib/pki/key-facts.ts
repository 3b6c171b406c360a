import type { KeyObject } from "node:crypto";

/** Kind and size of a key, as far as judging its strength needs them. */
export type KeyFacts = { type: string; bits?: number; curve?: string };

const curves: Record<string, string> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" };
const strongCurves = new Set(["P-256", "P-384", "P-521"]);
const leastRsaBits = 2048;
/** What Go's TLS takes too (CVE-2023-29409): a use of the private half of 16,384 bits blocks for a second. */
const mostRsaBits = 8192;
/** Every certificate that is really issued has this exponent or a smaller one; a long one makes each verification dear. */
const mostExponent = 65_537n;

/** The facts of a key, private or public. */
export function keyFacts(key: KeyObject): KeyFacts {
  const details = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "rsa":
      return { type: "RSA", bits: details.modulusLength };
    case "rsa-pss":
      return { type: "RSA-PSS", bits: details.modulusLength };
    case "dsa":
      return { type: "DSA", bits: details.modulusLength };
    case "ec":
      return { type: "EC", curve: details.namedCurve === undefined ? undefined : (curves[details.namedCurve] ?? details.namedCurve) };
    case "ed25519":
      return { type: "Ed25519" };
    case "ed448":
      return { type: "Ed448" };
    default:
      return { type: key.asymmetricKeyType ?? "unknown" };
  }
}

/** The key in words, for example "EC P-256" or "RSA 2048". */
export function describeKey(key: KeyFacts): string {
  const size = key.curve ?? key.bits;
  return size === undefined ? key.type : `${key.type} ${size}`;
}

/** Whether a use of the key, even one verification, costs so much that whoever chose it could stop a process with it. */
export function isOversizedKey(key: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  return modulusLength > mostRsaBits || publicExponent > mostExponent;
}

/** Whether the key may carry TLS here: RSA from 2048 to 8192 bits, P-256, P-384, P-521 or Ed25519 (RFC 9325 §4.5; Node 24 refuses less). */
export function isStrongKey(key: KeyFacts): boolean {
  if (key.type === "RSA" || key.type === "RSA-PSS") return (key.bits ?? 0) >= leastRsaBits && (key.bits ?? 0) <= mostRsaBits;
  if (key.type === "EC") return key.curve !== undefined && strongCurves.has(key.curve);
  return key.type === "Ed25519";
}
