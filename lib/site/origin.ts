import ipaddr from "ipaddr.js";
import { normaliseHostName } from "#lib/site/hostname.ts";
import { error, type Problem } from "#lib/site/problem.ts";

/** Where requests go: one host name, resolved at every connect, or addresses in their normal form. */
export type Origin = { kind: "host"; hostName: string } | { kind: "addresses"; addresses: string[] };

/** Reads the Origin field; only its syntax, because what a name resolves to is judged at every connect. */
export function readOrigin(text: string): { origin: Origin | null; problems: Problem[] } {
  const entries = text.split(",").map((entry) => entry.trim());
  const filled = entries.filter((entry) => entry !== "");
  if (filled.length === 0) return refused("origin.missing", "Enter where requests go: one host name, or IP addresses separated by commas.");
  if (text.includes("/")) return refused("origin.url", "Enter the host name or the addresses alone, without https:// and without a path.");
  const addresses = filled.map(readAddress);
  if (addresses.every((address) => address !== null))
    return { origin: { kind: "addresses", addresses: [...new Set(addresses)] }, problems: [] };
  if (addresses.some((address) => address !== null))
    return refused("origin.mixed", "Host names and addresses cannot be mixed. Enter one host name, or addresses only.");
  if (filled.length > 1)
    return refused("origin.several", "Only one host name is possible. Enter one host name, or several IP addresses separated by commas.");
  return readName(filled[0] ?? "");
}

function readName(entry: string): { origin: Origin | null; problems: Problem[] } {
  const hostName = normaliseHostName(entry);
  if (hostName !== null) return { origin: { kind: "host", hostName }, problems: [] };
  if (/:[0-9]*$/.test(entry))
    return refused("origin.port", "Enter the origin without a port. Its ports are set in HTTP Backend Port and HTTPS Backend Port.");
  if (entry.startsWith("*")) return refused("origin.wildcard", "An origin cannot be a wildcard. Enter one host name.");
  return refused(
    "origin.malformed",
    "This is neither a host name nor an IP address. Enter one host name such as app.example.com, or addresses such as 10.0.0.5, 2001:db8::5.",
  );
}

/** An address in its normal form, IPv4-mapped ones as IPv4, or `null`; only four decimal parts are taken as IPv4. */
function readAddress(entry: string): string | null {
  const bare = entry.startsWith("[") && entry.endsWith("]") ? entry.slice(1, -1) : entry;
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare).toString();
  if (!bare.includes(":") || bare.includes("%") || !ipaddr.IPv6.isValid(bare)) return null;
  return ipaddr.process(bare).toString();
}

function refused(code: string, message: string): { origin: null; problems: Problem[] } {
  return { origin: null, problems: [error("origin", code, message)] };
}
