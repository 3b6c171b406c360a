import { judgeAuthorities } from "#lib/site/authorities.ts";
import { type CompiledSite, sealCompiledSite } from "#lib/site/compiled-site.ts";
import { checkHostName, namesOf } from "#lib/site/hostname.ts";
import { labels } from "#lib/site/label.ts";
import { compileOriginSide } from "#lib/site/origin-side.ts";
import { type PemText, soften } from "#lib/site/pem-text.ts";
import { error, hasErrors, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";
import { readRealIp } from "#lib/site/real-ip.ts";
import { checkResponseHeaders } from "#lib/site/response-headers.ts";
import type { Site } from "#lib/site/schema.ts";
import { readSiteCertificate } from "#lib/site/site-certificate.ts";
import { readSitePem } from "#lib/site/site-pem.ts";
import { findKeysInWrongFields } from "#lib/site/wrong-field.ts";

export type { CompiledSite };

const megabyte = 1_048_576;

/**
 * Every rule of the product on one site, for the console before a save and for the sensor before it serves. What the
 * clock says is a warning (`timeCodes`), here and always. A failure's problems hold the warnings as well. `pem` is what was
 * read of this very site already; a process that serves reads it in slices.
 */
export function compileSite(site: Site, now: Date, pem = readSitePem(site)): Result<CompiledSite> {
  const misplaced = findKeysInWrongFields(site);
  if (misplaced.length > 0) return refuse(...misplaced);
  const tls = compileTls(site, pem.sslCredentials, now);
  const clients = compileClients(site, pem.downstreamMtlsCredentials, now);
  const originSide = compileOriginSide(site, now, pem);
  const realIp = readRealIp(site);
  const problems = [
    ...checkListener(site),
    ...checkCombination(site),
    ...tls.problems,
    ...clients.problems,
    ...originSide.problems,
    ...(site.isRealIpSet ? realIp.problems : soften(realIp.problems.filter((problem) => problem.code !== "real-ip.no-sources"))),
    ...checkResponseHeaders(site.responseHeaders),
  ];
  if (hasErrors(problems) || originSide.value === null) return refuse(...problems);
  return ok(
    sealCompiledSite({
      ...originSide.value,
      originAuthorities: pem.originCaCertificates.certificates,
      names: namesOf(site),
      isHttp2Enabled: site.isHttp2Enabled,
      tls: tls.value,
      downstream: clients.downstream,
      observation: clients.observation,
      isHttpRedirected: site.isSslEnabled && site.isHttpRedirected,
      maxBodySizeBytes: site.maxBodySizeMb * megabyte,
      readTimeoutMs: site.readTimeoutS * 1_000,
      realIp: site.isRealIpSet ? realIp.realIp : null,
      responseHeaders: site.responseHeaders.map(({ name, value }) => ({ name, value })),
      warnings: problems,
    }),
  );
}

function compileTls(site: Site, pem: PemText, now: Date): { value: CompiledSite["tls"]; problems: Problem[] } {
  if (!site.isSslEnabled && site.sslCredentials === null) return { value: null, problems: [] };
  const { credentials, problems } = readSiteCertificate(site, pem, now);
  if (!site.isSslEnabled) return { value: null, problems: soften(problems) };
  if (credentials === null) return { value: null, problems };
  const { certificateChain, publicKey, certificates } = credentials;
  return {
    value: { certificateChain, publicKey, minVersion: site.sslPolicy === "tls-1.3" ? "TLSv1.3" : "TLSv1.2", certificates },
    problems,
  };
}

type Clients = Pick<CompiledSite, "downstream" | "observation"> & { problems: Problem[] };

/** The CAs for clients: where Downstream mTLS is on they decide who comes in, where clients are observed what is said of them. */
function compileClients(site: Site, pem: PemText, now: Date): Clients {
  const path = "downstreamMtlsCredentials";
  const authorities = pem.certificates;
  const problems = judgeAuthorities(path, pem, now, { vouchesFor: "clients" });
  const trust = { anchors: authorities, anchorsPem: authorities.map((authority) => authority.pem) };
  if (!site.isDownstreamMtls) {
    if (site.observedUntil === null) return { downstream: null, observation: null, problems: soften(problems) };
    return { downstream: null, observation: { ...trust, until: Date.parse(site.observedUntil) }, problems };
  }
  // An empty list would make Node trust the public roots for clients: it never gets that far.
  if (authorities.length > 0) return { downstream: trust, observation: null, problems };
  return { downstream: null, observation: null, problems: hasErrors(problems) ? problems : [...problems, noTrust(path)] };
}

function checkListener(site: Site): Problem[] {
  const problems = checkHostName(site.hostName);
  if (problems.length > 0 || !site.isWildcard || site.hostName.includes(".")) return problems;
  return [
    error(
      "isWildcard",
      "host-name.wildcard-too-wide",
      `*.${site.hostName} would cover a whole top-level domain. Untick Wildcard Subdomains Enabled.`,
    ),
  ];
}

function checkCombination(site: Site): Problem[] {
  const problems: Problem[] = [];
  const uses = [
    site.observedUntil !== null && labels.observedUntil,
    site.isDownstreamMtls && labels.isDownstreamMtls,
    site.isUpstreamMtls && labels.isUpstreamMtls,
  ];
  const on = uses.filter(Boolean).join(" and ");
  if (!site.isSslEnabled && on !== "")
    problems.push(error("isSslEnabled", "mtls.needs-tls", `${on} needs SSL/TLS. Keep SSL/TLS Enabled ticked, or untick ${on} first.`));
  if (site.observedUntil !== null && site.isDownstreamMtls) {
    const message = "Observe clients refuses nobody, and Downstream mTLS everybody whom its CAs do not vouch for. Untick one of the two.";
    problems.push(error("observedUntil", "mtls.observe-or-enforce", message));
  }
  if (site.isUpstreamMtls && site.isTerminateOnly) {
    const message = "Upstream mTLS needs TLS to the origin, and SSL/TLS Terminate Only sends plain HTTP there. Untick one of the two.";
    problems.push(error("isUpstreamMtls", "mtls.terminate-only", message));
  }
  return problems;
}

function noTrust(path: string): Problem {
  return error(
    path,
    "mtls.no-trust",
    "Downstream mTLS is on without a CA. Paste the certificate of at least one CA whose clients may connect.",
  );
}
