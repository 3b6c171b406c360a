import type { X509Certificate } from "node:crypto";
import { isOversizedKey } from "#lib/pki/key-facts.ts";

/**
 * Whether the key of `issuer` signed `certificate`, by the signature alone. Strangers choose these keys: one that costs
 * milliseconds to use, and one of a kind that OpenSSL cannot use (then `verify` throws), has signed nothing.
 */
export function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return !isOversizedKey(issuer.publicKey) && certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}
