import type { PemField } from "#lib/console/site-view.ts";
import { readCertificate } from "#lib/pki/certificate.ts";
import { type CertificateFacts, certificateFacts } from "#lib/pki/facts.ts";
import { readPem } from "#lib/pki/pem.ts";
import type { Site } from "#lib/site/schema.ts";

/** What a site's four boxes hold, as facts; a block that cannot be read is left to the problems to name. */
export function storedFacts(site: Site): Record<PemField, CertificateFacts[]> {
  return {
    sslCredentials: factsOf(site.sslCredentials?.certificates ?? ""),
    downstreamMtlsCredentials: factsOf(site.downstreamMtlsCredentials),
    upstreamMtlsCredentials: factsOf(site.upstreamMtlsCredentials?.certificates ?? ""),
    originCaCertificates: factsOf(site.originCaCertificates),
  };
}

/** The certificates of a text as facts, in its order. */
export function factsOf(text: string): CertificateFacts[] {
  return readPem(text).blocks.flatMap((block) => {
    const read = readCertificate(block);
    return "certificate" in read ? [certificateFacts(read.certificate)] : [];
  });
}
