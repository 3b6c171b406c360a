import type { Certificate } from "#lib/pki/certificate.ts";
import { unknownCriticalExtensions } from "#lib/pki/path-validation.ts";
import { keyIsWeak, signatureIsWeak } from "#lib/pki/strength.ts";
import type { ClientVerdict } from "#lib/site/verdict.ts";

const clientAuth = "1.3.6.1.5.5.7.3.2";

/**
 * What OpenSSL finds wrong with a path, leaf first and anchor last, as the sensor's verdicts and in the order in which it
 * looks (`verify_chain`): the sensor lets it go on after each fault, so that the last one stands.
 */
export function findPathFaults(path: readonly Certificate[], now: Date): ClientVerdict[] {
  const faults: ClientVerdict[] = [];
  const [leaf] = path;
  if (leaf && keyIsWeak(leaf.x509)) faults.push("CLIENT_CERT_WEAK");
  let below = 0;
  for (const [depth, certificate] of path.entries()) {
    faults.push(...judgeExtensions(certificate, depth, below));
    if (depth > 0 && !certificate.isSelfIssued) below += 1;
  }
  for (const [depth, { x509 }] of path.entries())
    if ((depth > 0 && keyIsWeak(x509)) || (depth < path.length - 1 && signatureIsWeak(x509))) faults.push("CLIENT_CERT_WEAK");
  for (const [depth, certificate] of [...path.entries()].reverse()) {
    const issuer = path[depth + 1];
    if (issuer?.keyUsage && !issuer.keyUsage.includes("keyCertSign")) faults.push("CLIENT_CERT_INVALID");
    if (now < certificate.notBefore) faults.push("CLIENT_CERT_NOT_YET_VALID");
    if (now > certificate.notAfter) faults.push("CLIENT_CERT_EXPIRED");
  }
  return faults;
}

function judgeExtensions(certificate: Certificate, depth: number, below: number): ClientVerdict[] {
  const faults: ClientVerdict[] = [];
  if (unknownCriticalExtensions(certificate).length > 0) faults.push("CLIENT_CERT_INVALID");
  if (depth > 0 && !certificate.isCa) faults.push("CLIENT_CERT_INVALID");
  if (!isForClients(certificate, depth)) faults.push("CLIENT_CERT_WRONG_PURPOSE");
  if (depth > 0 && certificate.pathLength !== undefined && below > certificate.pathLength) faults.push("CLIENT_CERT_CHAIN_TOO_LONG");
  return faults;
}

/** OpenSSL's purpose `sslclient`: its CAs must be for clients as well, where they say what they are for. */
function isForClients({ extendedKeyUsage, keyUsage, isCa }: Certificate, depth: number): boolean {
  if (extendedKeyUsage && !extendedKeyUsage.includes(clientAuth)) return false;
  if (depth > 0) return isCa && (keyUsage === null || keyUsage.includes("keyCertSign"));
  return keyUsage === null || keyUsage.includes("digitalSignature") || keyUsage.includes("keyAgreement");
}
