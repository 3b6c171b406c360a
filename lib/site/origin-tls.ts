import { judgeAuthorities } from "#lib/site/authorities.ts";
import { normaliseHostName } from "#lib/site/hostname.ts";
import type { Origin } from "#lib/site/origin.ts";
import { type PemText, soften } from "#lib/site/pem-text.ts";
import { error, type Problem, warning } from "#lib/site/problem.ts";
import type { Site } from "#lib/site/schema.ts";

/** How the origin's certificate is verified; `ca` undefined stands for the roots that come with Node. */
export type OriginTls = { isVerified: boolean; ca: string[] | undefined; serverName: string };

/** Whether any request of the site travels to its origin over TLS. */
export function usesOriginTls(site: Pick<Site, "isSslEnabled" | "isTerminateOnly">): boolean {
  return site.isSslEnabled && !site.isTerminateOnly;
}

/** Reads the settings for TLS to the origin; they are held to less where the site does not use it. */
export function readOriginTls(site: Site, pem: PemText, origin: Origin | null, now: Date): { originTls: OriginTls; problems: Problem[] } {
  const authorities = pem.certificates;
  const found = judgeAuthorities("originCaCertificates", pem, now, { vouchesFor: "origins" });
  const isEmptyBundle = site.originCaCertificates.trim() !== "" && authorities.length === 0;
  const trust = isEmptyBundle && found.every((problem) => problem.severity === "warning") ? [...found, noAuthority()] : found;
  const problems = usesOriginTls(site) && site.isOriginVerified ? trust : soften(trust);
  const name = readServerName(site, origin);
  if (usesOriginTls(site) && !site.isOriginVerified) problems.push(unverified(site));
  return {
    originTls: {
      isVerified: site.isOriginVerified,
      ca: authorities.length > 0 ? authorities.map((one) => one.pem) : undefined,
      serverName: name.serverName,
    },
    problems: [...problems, ...(usesOriginTls(site) ? name.problems : soften(name.problems))],
  };
}

function readServerName(site: Site, origin: Origin | null): { serverName: string; problems: Problem[] } {
  const fallback = origin?.kind === "host" ? origin.hostName : site.hostName;
  const text = site.originServerName.trim();
  if (text === "") return { serverName: fallback, problems: [] };
  const serverName = normaliseHostName(text);
  if (serverName !== null) return { serverName, problems: [] };
  const message =
    "Enter one host name as it stands in the origin’s certificate, without port, path or asterisk. An IP address cannot be used here.";
  return { serverName: fallback, problems: [error("originServerName", "origin-server-name.malformed", message)] };
}

function noAuthority(): Problem {
  return error(
    "originCaCertificates",
    "ca.none",
    "There is no certificate in this text. Paste the CA’s certificate, or empty the field to trust the public roots.",
  );
}

function unverified(site: Site): Problem {
  const consequence = site.isUpstreamMtls
    ? "Whoever answers in its place gets the requests and sees the client certificate"
    : "Whoever answers in its place gets the requests";
  return warning(
    "isOriginVerified",
    "origin.unverified",
    `The origin’s certificate is not verified. ${consequence}. Tick Verify Origin Certificate and paste the origin’s CA if it is a private one.`,
  );
}
