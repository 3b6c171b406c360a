import { readRange } from "#lib/site/address.ts";
import { isHeaderName, isReservedHeader } from "#lib/site/header-name.ts";
import { error, type Problem } from "#lib/site/problem.ts";
import type { Site } from "#lib/site/schema.ts";

/** From which header and from which peers the client's address is taken; the name in lower case, the sources as CIDRs. */
export type RealIp = { headerName: string; trustedSources: string[] };

/** Reads Header Name and Trusted Sources. */
export function readRealIp(site: Pick<Site, "realIpHeader" | "trustedSources">): { realIp: RealIp | null; problems: Problem[] } {
  const headerName = site.realIpHeader.trim();
  const problems = checkHeader(headerName);
  const entries = site.trustedSources.split(/[\s,]+/).filter((entry) => entry !== "");
  if (entries.length === 0)
    problems.push(
      error(
        "trustedSources",
        "real-ip.no-sources",
        "Enter the addresses of the proxies that may name the client’s address, for example 10.0.0.0/8.",
      ),
    );
  const sources = new Set<string>();
  for (const entry of entries) {
    const source = readSource(entry);
    if ("cidr" in source) sources.add(source.cidr);
    else problems.push(source.problem);
  }
  return { realIp: problems.length > 0 ? null : { headerName: headerName.toLowerCase(), trustedSources: [...sources] }, problems };
}

function checkHeader(name: string): Problem[] {
  if (!isHeaderName(name))
    return [error("realIpHeader", "real-ip.bad-header", "Enter the name of one header, for example X-Forwarded-For.")];
  if (name.toLowerCase() === "forwarded")
    return [
      error(
        "realIpHeader",
        "real-ip.forwarded",
        "The header Forwarded has a form of its own, which is not read here. Let the proxy send X-Forwarded-For.",
      ),
    ];
  if (isReservedHeader(name))
    return [
      error(
        "realIpHeader",
        "real-ip.reserved-header",
        `${name} governs the connection and carries no address. Enter a header such as X-Forwarded-For.`,
      ),
    ];
  return [];
}

function readSource(entry: string): { cidr: string } | { problem: Problem } {
  const range = readRange(entry);
  if ("cidr" in range) return range;
  const quoted = entry.length > 50 ? `${entry.slice(0, 50)}…` : entry;
  if (range.fault === "unreadable") {
    const message = `“${quoted}” is neither an address nor a range. Enter ranges such as 10.0.0.0/8 or 2001:db8::/32.`;
    return { problem: error("trustedSources", "real-ip.bad-source", message) };
  }
  const message = `“${quoted}” trusts everybody, so that each client could choose its own address. Enter the ranges of your proxies.`;
  return { problem: error("trustedSources", "real-ip.everybody", message) };
}
