import ipaddr from "ipaddr.js";
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
        "Enter the addresses of the proxies that may name the client's address, for example 10.0.0.0/8.",
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

/** One source as a CIDR in normal form, IPv4-mapped ones as IPv4; a range of all addresses would let every client choose its own. */
function readSource(entry: string): { cidr: string } | { problem: Problem } {
  const quoted = entry.length > 50 ? `${entry.slice(0, 50)}…` : entry;
  const parsed = parseRange(entry);
  if (parsed === null) {
    const message = `“${quoted}” is neither an address nor a range. Enter ranges such as 10.0.0.0/8 or 2001:db8::/32.`;
    return { problem: error("trustedSources", "real-ip.bad-source", message) };
  }
  const [address, bits] = parsed;
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress();
  if (bits === 0 || (isMapped && bits <= 96)) {
    const message = `“${quoted}” trusts everybody, so that each client could choose its own address. Enter the ranges of your proxies.`;
    return { problem: error("trustedSources", "real-ip.everybody", message) };
  }
  return { cidr: isMapped ? networkOf(address.toIPv4Address(), bits - 96) : networkOf(address, bits) };
}

function parseRange(entry: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | null {
  const [address = "", prefix, ...rest] = entry.split("/");
  if (rest.length > 0 || address.includes("%")) return null;
  const isFour = ipaddr.IPv4.isValidFourPartDecimal(address);
  if (!isFour && !(address.includes(":") && ipaddr.IPv6.isValid(address))) return null;
  const parsed = ipaddr.parse(address);
  const most = isFour ? 32 : 128;
  if (prefix === undefined) return [parsed, most];
  return /^[0-9]{1,3}$/.test(prefix) && Number(prefix) <= most ? [parsed, Number(prefix)] : null;
}

function networkOf(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): string {
  const cidr = `${address.toString()}/${bits}`;
  const network = address.kind() === "ipv4" ? ipaddr.IPv4.networkAddressFromCIDR(cidr) : ipaddr.IPv6.networkAddressFromCIDR(cidr);
  return `${network.toString()}/${bits}`;
}
