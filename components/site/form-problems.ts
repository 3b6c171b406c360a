import type { Problem } from "#lib/site/problem.ts";
import type { SiteDraft } from "#lib/site/schema.ts";
import type { SectionName } from "#lib/site/summary.ts";

/** The fields of each section, in order: a problem opens the section that holds its field. */
export const sectionFields: Record<SectionName, (keyof SiteDraft)[]> = {
  listener: ["hostName", "isWildcard", "isHttp2Enabled"],
  "ssl-tls": [
    "isSslEnabled",
    "sslCredentials",
    "isTerminateOnly",
    "sslPolicy",
    "isHttpRedirected",
    "observedUntil",
    "isDownstreamMtls",
    "downstreamMtlsCredentials",
    "isUpstreamMtls",
    "upstreamMtlsCredentials",
  ],
  backend: ["origin", "originHttpPort", "originHttpsPort", "isOriginVerified", "originCaCertificates", "originServerName"],
  proxy: ["maxBodySizeMb", "readTimeoutS", "sendTimeoutS", "isRealIpSet", "realIpHeader", "trustedSources", "responseHeaders"],
};

/** Whether a problem belongs to the field, or to a part of it (`responseHeaders.2.name`). */
export function isAbout(problem: Problem, field: string): boolean {
  return problem.path === field || problem.path.startsWith(`${field}.`);
}

/** Problems in the order of the form, those of the whole form first. */
export function inFormOrder(problems: readonly Problem[]): Problem[] {
  const order: string[] = Object.values(sectionFields).flat();
  const rank = (problem: Problem) => order.findIndex((field) => isAbout(problem, field));
  return [...problems].sort((a, b) => rank(a) - rank(b));
}

/** The section that holds the field of a problem's path; null when it is about the whole form. */
export function sectionOf(path: string): SectionName | null {
  const field = path.split(".")[0] ?? "";
  const entry = Object.entries(sectionFields).find(([, fields]) => (fields as string[]).includes(field));
  return (entry?.[0] as SectionName | undefined) ?? null;
}
