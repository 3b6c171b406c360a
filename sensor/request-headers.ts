import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { ClientAddress } from "#lib/site/client-address.ts";
import { isHopByHop, nominatedBy, plainName } from "#sensor/hop-by-hop.ts";

/** What the sensor itself knows of a request and says to the origin. */
export type Known = {
  /** In its normal form. */
  hostName: string;
  scheme: "http" | "https";
  publicPort: number;
  requestId: string;
  client: ClientAddress;
  /** The header Set Real IP From reads, when the peer may not write it. */
  untrustedHeader: string | null;
  /** This site's name in CDN-Loop. */
  loopId: string;
};

/** The headers for the origin without framing: the client's, less what it may not say, and the sensor's own over them. */
export function headersToOrigin(headers: IncomingHttpHeaders, known: Known): OutgoingHttpHeaders {
  const nominated = nominatedBy(headers.connection);
  const kept: OutgoingHttpHeaders = { host: known.hostName };
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && mayPass(name, nominated, known)) kept[name] = value;
  }
  const { earlier, address } = known.client;
  kept["x-forwarded-for"] = earlier.length === 0 ? address : [...earlier, address].join(", ");
  kept["x-forwarded-proto"] = known.scheme;
  kept["x-forwarded-host"] = known.hostName;
  kept["x-forwarded-port"] = String(known.publicPort);
  kept["x-real-ip"] = address;
  kept["x-request-id"] = known.requestId;
  kept["cdn-loop"] = headers["cdn-loop"] === undefined ? known.loopId : [...loopsOf(headers), known.loopId].join(", ");
  return kept;
}

/** Whether the request has been through this very site before (RFC 8586 §2). */
export function isLooping(headers: IncomingHttpHeaders, loopId: string): boolean {
  return (
    headers["cdn-loop"] !== undefined &&
    loopsOf(headers).some((entry) => entry.split(";", 1)[0]?.trim().toLowerCase() === loopId.toLowerCase())
  );
}

/** The site's token in CDN-Loop; another installation with another id may well stand in the same chain. */
export function loopIdOf(siteId: string): string {
  return `tessera-${siteId.replace(/[^0-9A-Za-z-]/g, "-")}`;
}

/** Whether a header says who the client is by certificate: only the sensor could know, so no client may. */
export function claimsClientCertificate(name: string): boolean {
  const plain = plainName(name);
  return claims.has(plain) || claimPrefixes.some((prefix) => plain.startsWith(prefix));
}

const claims = new Set(["client-cert", "client-cert-chain", "x-forwarded-client-cert", "x-ssl-client"]);
const claimPrefixes = ["x-ssl-client-", "x-forwarded-client-cert-", "x-forwarded-tls-client-cert", "x-amzn-mtls-", "x-client-cert"];

/** What the sensor says itself, and framing, which Node writes anew. */
const owned = new Set([
  "cdn-loop",
  "content-length",
  "expect",
  "forwarded",
  "host",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-real-ip",
  "x-request-id",
]);

function mayPass(name: string, nominated: ReadonlySet<string>, known: Known): boolean {
  if (nominated.has(name) || !isOrdinary(name)) return false;
  return known.untrustedHeader === null || plainName(name) !== plainName(known.untrustedHeader);
}

/** What was found of a name; clients send few different ones, and strangers' must not fill the memory. */
const ordinary = new Map<string, boolean>();
const mostNames = 1_000;
const longestName = 64;

function isOrdinary(name: string): boolean {
  const known = ordinary.get(name);
  if (known !== undefined) return known;
  const found = !name.startsWith(":") && !owned.has(plainName(name)) && !isHopByHop(name) && !claimsClientCertificate(name);
  if (ordinary.size >= mostNames) ordinary.clear();
  if (name.length <= longestName) ordinary.set(name, found);
  return found;
}

function loopsOf(headers: IncomingHttpHeaders): string[] {
  const value = headers["cdn-loop"];
  const text = Array.isArray(value) ? value.join(",") : (value ?? "");
  return text.split(",").flatMap((entry) => (entry.trim() === "" ? [] : [entry.trim()]));
}
