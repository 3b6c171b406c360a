import type { Certificate } from "#lib/pki/certificate.ts";
import { isIssuedBy } from "#lib/pki/chain.ts";
import type { Pace } from "#lib/pki/pace.ts";

/** A way from a certificate upwards: to a self-signed one, into a chain that was told before, or to an issuer that is not there. */
export type TracedChain = { certificates: Certificate[]; end: "root" | "gap" | { joins: Certificate } };

/** Of so many certificates with the issuer's name, rarely more than two, the signature is tried. */
const mostCandidates = 8;

/**
 * Every certificate once, in chains from those that issued none of the others upwards; `first` begins the first chain.
 * Signatures are checked (RFC 5280 §6.1.3), with pauses between them.
 */
export async function traceChains(certificates: readonly Certificate[], pace: Pace, first?: Certificate): Promise<TracedChain[]> {
  const issuers = await findIssuers(certificates, pace);
  const hasIssued = new Set(issuers.values());
  const beginnings = certificates.filter((certificate) => !hasIssued.has(certificate));
  const told = new Set<Certificate>();
  const chains: TracedChain[] = [];
  // Those that only issued each other in a circle come last.
  for (const start of [...(first ? [first] : []), ...beginnings, ...certificates]) {
    if (!told.has(start)) chains.push(climb(start, issuers, told));
  }
  return chains;
}

function climb(start: Certificate, issuers: Map<Certificate, Certificate>, told: Set<Certificate>): TracedChain {
  const chain: Certificate[] = [];
  for (let next: Certificate | undefined = start; next; next = issuers.get(next)) {
    if (told.has(next)) return { certificates: chain, end: { joins: next } };
    told.add(next);
    chain.push(next);
  }
  return { certificates: chain, end: chain.at(-1)?.isSelfIssued ? "root" : "gap" };
}

async function findIssuers(certificates: readonly Certificate[], pace: Pace): Promise<Map<Certificate, Certificate>> {
  const bySubject = Map.groupBy(certificates, ({ subject }) => subject);
  const found = new Map<Certificate, Certificate>();
  for (const certificate of certificates) {
    await pace.rest();
    if (certificate.isSelfIssued) continue;
    const candidates = (bySubject.get(certificate.issuer) ?? []).filter((other) => other !== certificate);
    const issuer = candidates
      .toSorted((a, b) => b.notAfter.getTime() - a.notAfter.getTime())
      .slice(0, mostCandidates)
      .find((candidate) => isIssuedBy(certificate, candidate));
    if (issuer) found.set(certificate, issuer);
  }
  return found;
}
