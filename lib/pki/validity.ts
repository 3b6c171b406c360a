import type { X509Certificate } from "node:crypto";

/**
 * When a certificate is valid, each date NaN where OpenSSL cannot read it. Node's `validFromDate` of such a date is no
 * answer: it is whatever lay in memory, now NaN and now a date (24.21); the text beside it is "Bad time value".
 */
export function validityOf(x509: X509Certificate): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: isReadable(x509.validFrom) ? x509.validFromDate : new Date(Number.NaN),
    notAfter: isReadable(x509.validTo) ? x509.validToDate : new Date(Number.NaN),
  };
}

function isReadable(text: string): boolean {
  return !Number.isNaN(Date.parse(text));
}
