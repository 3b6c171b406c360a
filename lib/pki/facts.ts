import type { Certificate } from "#lib/pki/certificate.ts";
import { describeKey } from "#lib/pki/key-facts.ts";
import { describePurpose } from "#lib/pki/purpose.ts";

/** A certificate as pages show it: plain JSON, dates in ISO form, the fingerprint SHA-256 in lower-case hexadecimal. */
export type CertificateFacts = {
  subject: string;
  issuer: string;
  commonName: string | null;
  names: string[];
  notBefore: string;
  notAfter: string;
  keyDescription: string;
  fingerprint: string;
  isCa: boolean;
  isSelfIssued: boolean;
  /** What it may be used for, in words; null where it is not limited. */
  purposes: string[] | null;
  block?: number;
};

/** The facts of a certificate; an impossible date becomes an empty text. */
export function certificateFacts(certificate: Certificate): CertificateFacts {
  const { subject, issuer, commonName, fingerprint, isCa, isSelfIssued, block } = certificate;
  return {
    subject,
    issuer,
    commonName,
    names: [...certificate.dnsNames, ...certificate.ipAddresses],
    notBefore: isoDate(certificate.notBefore),
    notAfter: isoDate(certificate.notAfter),
    keyDescription: describeKey(certificate.key),
    fingerprint,
    isCa,
    isSelfIssued,
    purposes: certificate.extendedKeyUsage?.map(describePurpose) ?? null,
    ...(block === undefined ? {} : { block }),
  };
}

function isoDate(date: Date): string {
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}
