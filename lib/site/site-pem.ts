import type { Pace } from "#lib/pki/pace.ts";
import type { PemField } from "#lib/site/pem-field.ts";
import { type PemText, readPemText, readPemTextInSlices } from "#lib/site/pem-text.ts";
import { readPublicRoots } from "#lib/site/public-trust.ts";
import type { Site } from "#lib/site/schema.ts";

/** What a site's four fields of PEM hold, read and not judged yet. */
export type SitePem = Readonly<Record<PemField, PemText>>;

/** Reads all four at once: 150 CAs hold up the process for a sixth of a second. */
export function readSitePem(site: Site): SitePem {
  const read = (field: PemField) => readPemText(field, textOf(site, field));
  return {
    sslCredentials: read("sslCredentials"),
    downstreamMtlsCredentials: read("downstreamMtlsCredentials"),
    upstreamMtlsCredentials: read("upstreamMtlsCredentials"),
    originCaCertificates: read("originCaCertificates"),
  };
}

/** The same in slices, with all that judging them would still have to read: for a process that serves others meanwhile. */
export async function readSitePemInSlices(site: Site, pace: Pace): Promise<SitePem> {
  if (site.downstreamMtlsCredentials !== "") await readPublicRoots(pace);
  const read = (field: PemField) => readPemTextInSlices(field, textOf(site, field), pace);
  return {
    sslCredentials: await read("sslCredentials"),
    downstreamMtlsCredentials: await read("downstreamMtlsCredentials"),
    upstreamMtlsCredentials: await read("upstreamMtlsCredentials"),
    originCaCertificates: await read("originCaCertificates"),
  };
}

function textOf(site: Site, field: PemField): string {
  const value = site[field];
  return typeof value === "string" ? value : (value?.certificates ?? "");
}
