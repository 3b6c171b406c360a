import { readClientCertificate } from "#lib/site/client-certificate.ts";
import type { CompiledSite } from "#lib/site/compiled-site.ts";
import { readOrigin } from "#lib/site/origin.ts";
import { readOriginTls } from "#lib/site/origin-tls.ts";
import { type PemText, soften } from "#lib/site/pem-text.ts";
import type { Problem } from "#lib/site/problem.ts";
import type { Site } from "#lib/site/schema.ts";
import { readSitePem } from "#lib/site/site-pem.ts";

/** The part of a compiled site that a connection to its origin is made of; of `tls` counts only whether there is any. */
export type OriginSide = Readonly<
  Pick<
    CompiledSite,
    "hostName" | "isTerminateOnly" | "origin" | "originHttpPort" | "originHttpsPort" | "originTls" | "upstream" | "sendTimeoutMs"
  > & { tls: object | null }
>;

/** Every rule about the way to the origin, for a whole site and for a draft whose other parts are not finished. */
export function compileOriginSide(site: Site, now: Date, pem = readSitePem(site)): { value: OriginSide | null; problems: Problem[] } {
  const upstream = compileUpstream(site, pem.upstreamMtlsCredentials, now);
  const origin = readOrigin(site.origin);
  const originTls = readOriginTls(site, pem.originCaCertificates, origin.origin, now);
  const problems = [...upstream.problems, ...origin.problems, ...originTls.problems];
  if (origin.origin === null) return { value: null, problems };
  return {
    value: {
      hostName: site.hostName,
      tls: site.isSslEnabled ? {} : null,
      isTerminateOnly: site.isTerminateOnly,
      origin: origin.origin,
      originHttpPort: site.originHttpPort,
      originHttpsPort: site.originHttpsPort,
      originTls: originTls.originTls,
      upstream: upstream.value,
      sendTimeoutMs: site.sendTimeoutS * 1_000,
    },
    problems,
  };
}

function compileUpstream(site: Site, pem: PemText, now: Date): { value: CompiledSite["upstream"]; problems: Problem[] } {
  if (!site.isUpstreamMtls && site.upstreamMtlsCredentials === null) return { value: null, problems: [] };
  const { credentials, problems } = readClientCertificate(site, pem, now);
  if (!site.isUpstreamMtls) return { value: null, problems: soften(problems) };
  if (credentials === null) return { value: null, problems };
  const { certificateChain, publicKey, certificates } = credentials;
  return { value: { certificateChain, publicKey, certificates }, problems };
}
