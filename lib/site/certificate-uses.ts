import type { Certificate } from "#lib/pki/certificate.ts";
import type { Use } from "#lib/site/certificate-kind.ts";
import type { CompiledSite } from "#lib/site/compiled-site.ts";

/** A certificate that something stops without, and what for. */
export type CertificateUse = { use: Use; certificate: Certificate };

/** Whether a site refuses clients without a certificate: only there somebody misses one that ran out. */
export function demandsClients(uses: readonly CertificateUse[]): boolean {
  return uses.some(({ use }) => use === "client-ca");
}

/** Every certificate whose end a site would feel: what it is configured with and does not use is left out. */
export function certificateUses({
  tls,
  downstream,
  upstream,
  originTls,
  originAuthorities,
  isTerminateOnly,
}: CompiledSite): CertificateUse[] {
  const isOriginVerified = tls !== null && !isTerminateOnly && originTls.isVerified;
  const found: [Use, readonly Certificate[]][] = [
    ["site", tls?.certificates ?? []],
    ["client-ca", downstream?.anchors ?? []],
    ["upstream", upstream?.certificates ?? []],
    ["origin-ca", isOriginVerified ? originAuthorities : []],
  ];
  return found.flatMap(([use, certificates]) => certificates.map((certificate) => ({ use, certificate })));
}
