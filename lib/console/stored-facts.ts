import { readCertificate } from "#lib/pki/certificate.ts";
import { type CertificateFacts, certificateFacts } from "#lib/pki/facts.ts";
import { createPace } from "#lib/pki/pace.ts";
import { readPem } from "#lib/pki/pem.ts";
import { drawField, type FieldReading } from "#lib/site/field-reading.ts";
import type { PemField } from "#lib/site/pem-field.ts";
import { readPemText } from "#lib/site/pem-text.ts";
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

/** The chains of a site's four boxes as of `now`; `isSound` tells that nothing but warnings stands against the site. */
export async function drawStored(site: Site, now: Date, isSound: boolean): Promise<Record<PemField, Drawing>> {
  const draw = (field: PemField, text: string, publicKey?: string) => {
    const { certificates } = readPemText(field, text);
    const leaf = certificates.find(({ spki }) => spki.toString("base64") === publicKey);
    return drawField(field, certificates, { now, pace: createPace(), isSound, leaf });
  };
  const [ssl, upstream] = [site.sslCredentials, site.upstreamMtlsCredentials];
  return {
    sslCredentials: drawingOf(await draw("sslCredentials", ssl?.certificates ?? "", ssl?.publicKey)),
    downstreamMtlsCredentials: drawingOf(await draw("downstreamMtlsCredentials", site.downstreamMtlsCredentials)),
    upstreamMtlsCredentials: drawingOf(await draw("upstreamMtlsCredentials", upstream?.certificates ?? "", upstream?.publicKey)),
    originCaCertificates: drawingOf(await draw("originCaCertificates", site.originCaCertificates)),
  };
}

type Drawing = Pick<FieldReading, "chains" | "admission">;

function drawingOf({ chains, admission }: Drawing): Drawing {
  return { chains, admission };
}

/** The certificates of a text as facts, in its order. */
function factsOf(text: string): CertificateFacts[] {
  return readPem(text).blocks.flatMap((block) => {
    const read = readCertificate(block);
    return "certificate" in read ? [certificateFacts(read.certificate)] : [];
  });
}
