import { type Certificate, nameOf } from "#lib/pki/certificate.ts";
import { unknownCriticalExtensions } from "#lib/pki/path-validation.ts";
import { keyIsWeak, signatureIsWeak } from "#lib/pki/strength.ts";
import type { ClientVerdict } from "#lib/site/verdict.ts";

/** One thing that OpenSSL finds wrong with a path to a CA: what the sensor makes of it, and in words. */
export type PathFault = { verdict: ClientVerdict; certificate: Certificate; reason: string };

const clientAuth = "1.3.6.1.5.5.7.3.2";

/**
 * What OpenSSL finds wrong with a path, leaf first and anchor last, in the order in which it looks (`verify_chain`): the
 * sensor lets it go on after each fault, so that the last one stands.
 */
export function findPathFaults(path: readonly Certificate[], now: Date): PathFault[] {
  const faults: PathFault[] = [];
  const [leaf] = path;
  if (leaf && keyIsWeak(leaf.x509)) faults.push(weak(leaf));
  let below = 0;
  for (const [depth, certificate] of path.entries()) {
    faults.push(...judgeExtensions(certificate, depth, below));
    if (depth > 0 && !certificate.isSelfIssued) below += 1;
  }
  for (const [depth, certificate] of path.entries()) {
    const isWeak = (depth > 0 && keyIsWeak(certificate.x509)) || (depth < path.length - 1 && signatureIsWeak(certificate.x509));
    if (isWeak) faults.push(weak(certificate));
  }
  for (const [depth, certificate] of [...path.entries()].reverse()) {
    const issuer = path[depth + 1];
    if (issuer?.keyUsage && !issuer.keyUsage.includes("keyCertSign")) faults.push(notAnAuthority(issuer));
    faults.push(...judgeTime(certificate, now));
  }
  return faults;
}

function judgeExtensions(certificate: Certificate, depth: number, below: number): PathFault[] {
  const faults: PathFault[] = [];
  const name = nameOf(certificate);
  const [unknown] = unknownCriticalExtensions(certificate);
  const fault = (verdict: ClientVerdict, reason: string) => faults.push({ verdict, certificate, reason });
  if (unknown !== undefined)
    fault("CLIENT_CERT_INVALID", `“${name}” has a critical extension (${unknown}) that the sensor does not know, so it must refuse it.`);
  if (depth > 0 && !certificate.isCa) faults.push(notAnAuthority(certificate));
  if (!isForClients(certificate, depth)) fault("CLIENT_CERT_WRONG_PURPOSE", purposeOf(certificate, depth));
  if (depth > 0 && certificate.pathLength !== undefined && below > certificate.pathLength)
    fault("CLIENT_CERT_CHAIN_TOO_LONG", `“${name}” allows ${certificate.pathLength} CAs below it, and there are ${below}.`);
  return faults;
}

function isForClients({ extendedKeyUsage, keyUsage, isCa }: Certificate, depth: number): boolean {
  if (extendedKeyUsage && !extendedKeyUsage.includes(clientAuth)) return false;
  if (depth > 0) return isCa && (keyUsage === null || keyUsage.includes("keyCertSign"));
  return keyUsage === null || keyUsage.includes("digitalSignature") || keyUsage.includes("keyAgreement");
}

function purposeOf(certificate: Certificate, depth: number): string {
  const name = nameOf(certificate);
  if (depth > 0) return `“${name}” may not issue certificates for clients. Ask for a certificate of a CA that may.`;
  if (certificate.isCa) return `“${name}” is a CA, not a client’s certificate. Ask for a certificate that it issued for the client.`;
  return `“${name}” is not meant for clients (it lacks the purpose clientAuth, or its key may not sign). Ask for a client certificate.`;
}

function judgeTime(certificate: Certificate, now: Date): PathFault[] {
  const name = nameOf(certificate);
  const day = (date: Date) => date.toISOString().slice(0, 10);
  if (now < certificate.notBefore) {
    const reason = `“${name}” is not valid before ${day(certificate.notBefore)}. Wait until then, or check the clock of who issued it.`;
    return [{ verdict: "CLIENT_CERT_NOT_YET_VALID", certificate, reason }];
  }
  if (now <= certificate.notAfter) return [];
  return [{ verdict: "CLIENT_CERT_EXPIRED", certificate, reason: `“${name}” expired on ${day(certificate.notAfter)}. Have it renewed.` }];
}

function weak(certificate: Certificate): PathFault {
  const reason = `“${nameOf(certificate)}” has a key or a signature that is too weak. Have it issued anew with RSA of 2048 bits or more or P-256, and SHA-256.`;
  return { verdict: "CLIENT_CERT_WEAK", certificate, reason };
}

function notAnAuthority(certificate: Certificate): PathFault {
  const reason = `“${nameOf(certificate)}” is not a CA that may sign certificates, and yet it signed one. Ask for a certificate of a real CA.`;
  return { verdict: "CLIENT_CERT_INVALID", certificate, reason };
}
