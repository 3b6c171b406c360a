import { type CertificateFacts, certificateFacts } from "#lib/pki/facts.ts";
import type { Pace } from "#lib/pki/pace.ts";
import { drawField, type FieldReading } from "#lib/site/field-reading.ts";
import type { PemField } from "#lib/site/pem-field.ts";
import type { PemText } from "#lib/site/pem-text.ts";
import type { Site } from "#lib/site/schema.ts";
import { readSitePem, type SitePem } from "#lib/site/site-pem.ts";

/** What a site's four boxes hold, as facts; a block that cannot be read is left to the problems to name. */
export function storedFacts(site: Site, pem = readSitePem(site)): Record<PemField, CertificateFacts[]> {
  return {
    sslCredentials: factsOf(pem.sslCredentials),
    downstreamMtlsCredentials: factsOf(pem.downstreamMtlsCredentials),
    upstreamMtlsCredentials: factsOf(pem.upstreamMtlsCredentials),
    originCaCertificates: factsOf(pem.originCaCertificates),
  };
}

export type DrawOptions = {
  now: Date;
  pace: Pace;
  /** Nothing but warnings stands against the site. */
  isSound: boolean;
};

/** The chains of a site's four boxes. */
export async function drawStored(site: Site, pem: SitePem, options: DrawOptions): Promise<Record<PemField, Drawing>> {
  const draw = async (field: PemField, publicKey?: string) => {
    const { certificates } = pem[field];
    const leaf = certificates.find(({ spki }) => spki.toString("base64") === publicKey);
    return drawingOf(await drawField(field, certificates, { ...options, leaf }));
  };
  return {
    sslCredentials: await draw("sslCredentials", site.sslCredentials?.publicKey),
    downstreamMtlsCredentials: await draw("downstreamMtlsCredentials"),
    upstreamMtlsCredentials: await draw("upstreamMtlsCredentials", site.upstreamMtlsCredentials?.publicKey),
    originCaCertificates: await draw("originCaCertificates"),
  };
}

type Drawing = Pick<FieldReading, "chains" | "admission">;

function drawingOf({ chains, admission }: Drawing): Drawing {
  return { chains, admission };
}

/** The certificates of a text as facts, in its order. */
function factsOf({ certificates }: PemText): CertificateFacts[] {
  return certificates.map(certificateFacts);
}
