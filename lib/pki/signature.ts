const weakIdentifiers = new Set([
  "1.2.840.113549.1.1.2", // MD2 with RSA
  "1.2.840.113549.1.1.3", // MD4 with RSA
  "1.2.840.113549.1.1.4", // MD5 with RSA
  "1.2.840.113549.1.1.5", // SHA-1 with RSA
  "1.3.14.3.2.29", // SHA-1 with RSA, as OIW names it
  "1.2.840.10040.4.3", // SHA-1 with DSA
  "1.2.840.10045.4.1", // SHA-1 with ECDSA
]);

/** Whether a signature of this algorithm can be forged: MD5, SHA-1 and older (RFC 9155, CA/Browser BR §7.1.3.2). */
export function isWeakSignature(signatureAlgorithm: string): boolean {
  return weakIdentifiers.has(signatureAlgorithm) || signatureAlgorithm.endsWith(" SHA-1");
}
