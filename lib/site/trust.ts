import type { Certificate } from "#lib/pki/certificate.ts";
import type { Pace } from "#lib/pki/pace.ts";
import type { CompiledSite } from "#lib/site/compiled-site.ts";
import { readPemTextInSlices } from "#lib/site/pem-text.ts";
import type { Site } from "#lib/site/schema.ts";

/**
 * What a new revision does to trust: `widens` only adds CAs for clients, `reduces` takes trust from somebody (Downstream
 * mTLS turned on, a CA removed, upstream credentials or origin trust changed), `changes` is anything else, `same` nothing.
 * The end of an observation is nothing: nobody was refused, and what was asked is answered.
 */
export function compareTrust(before: CompiledSite, after: CompiledSite): "same" | "widens" | "changes" | "reduces" {
  if (admitsMore(before, after) || upstreamOf(before) !== upstreamOf(after) || originTrustOf(before) !== originTrustOf(after))
    return "reduces";
  if (restOf(before) !== restOf(after) || (before.downstream === null) !== (after.downstream === null)) return "changes";
  // Connections made before were not asked, or asked for others: kept for days they would never be observed.
  if (after.observation !== null && observationOf(before) !== observationOf(after)) return "changes";
  return anchorsOf(after.downstream?.anchors ?? []).size > anchorsOf(before.downstream?.anchors ?? []).size ? "widens" : "same";
}

/** The CAs that clients must come from, null where nobody needs a certificate; a compiled site is one. */
export type Demand = { downstream: null | { anchors: readonly Certificate[] } };

/** Whether `before` lets in somebody whom `after` would not. */
export function admitsMore(before: Demand, after: Demand): boolean {
  if (after.downstream === null) return false;
  if (before.downstream === null) return true;
  const wanted = anchorsOf(after.downstream.anchors);
  return [...anchorsOf(before.downstream.anchors)].some((fingerprint) => !wanted.has(fingerprint));
}

/**
 * What a revision demands that may not compile, read in slices. What cannot be read in it counts as missing, so that doubt
 * closes the site.
 */
export async function writtenDemand(site: Site, pace: Pace): Promise<Demand> {
  return { downstream: site.isDownstreamMtls ? { anchors: await writtenAnchors(site, pace) } : null };
}

/** The CAs for clients that a site's text holds, in use or not; what cannot be read is left out. */
export async function writtenAnchors(
  { downstreamMtlsCredentials }: Pick<Site, "downstreamMtlsCredentials">,
  pace: Pace,
): Promise<Certificate[]> {
  return (await readPemTextInSlices("downstreamMtlsCredentials", downstreamMtlsCredentials, pace)).certificates;
}

function anchorsOf(certificates: readonly Certificate[]): Set<string> {
  return new Set(certificates.map((certificate) => certificate.fingerprint));
}

function upstreamOf({ upstream }: CompiledSite): string {
  return upstream === null ? "" : upstream.certificateChain + upstream.publicKey.toString("base64");
}

function originTrustOf({ originTls }: CompiledSite): string {
  const { isVerified, ca, serverName } = originTls;
  return JSON.stringify([isVerified, isVerified ? (ca?.toSorted() ?? null) : null, serverName]);
}

function observationOf({ observation }: CompiledSite): string {
  return observation === null ? "" : [observation.until, ...[...anchorsOf(observation.anchors)].toSorted()].join(" ");
}

/** Everything else that the sensor serves by, as one text to compare. */
function restOf(site: CompiledSite): string {
  const {
    tls,
    downstream: _downstream,
    observation: _observation,
    upstream: _upstream,
    originTls: _originTls,
    originAuthorities: _originAuthorities,
    warnings: _warnings,
    ...rest
  } = site;
  return JSON.stringify([rest, tls && [tls.certificateChain, tls.publicKey.toString("base64"), tls.minVersion]]);
}
