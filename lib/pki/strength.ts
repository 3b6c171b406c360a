import type { X509Certificate } from "node:crypto";

/** Whether a certificate is one OpenSSL's default security level refuses: a short key, or a SHA-1 or MD5 signature. */
export function isWeak(certificate: X509Certificate): boolean {
  return signatureIsWeak(certificate) || keyIsWeak(certificate);
}

/** Whether its own signature is one of SHA-1, MD5 or older. */
export function signatureIsWeak(certificate: X509Certificate): boolean {
  return /sha1|md5|md4|md2/i.test(certificate.signatureAlgorithm ?? "");
}

/** Whether its key is too short; false for one of a kind that has no length. Throws for a key that OpenSSL cannot read. */
export function keyIsWeak(certificate: X509Certificate): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
  if (type === "ec") return weakCurves.test(details?.namedCurve ?? "");
  return (details?.modulusLength ?? strongEnough) < strongEnough;
}

const strongEnough = 2_048;
const weakCurves = /^(secp1[126]\d|prime19|sect1|c2pnb1)/;
