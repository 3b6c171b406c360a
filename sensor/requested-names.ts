import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { hostOfAuthority } from "#lib/site/hostname.ts";

export type AnyRequest = IncomingMessage | Http2ServerRequest;

/**
 * Every host name a request is addressed to, normalised: Host, :authority and the absolute URI's authority. A name that
 * is none stands as null; `duplicate` means that Host was sent twice, which RFC 9112 §3.2 answers with 400.
 */
export function requestedNames(request: AnyRequest, scheme: "http" | "https"): (string | null)[] | "duplicate" {
  const names: (string | null)[] = [];
  let hosts = 0;
  let authorities = 0;
  let isForOtherScheme = false;
  const { rawHeaders } = request;
  // From the raw list: Node's `headers` keeps the first of two and hides the other.
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    const value = rawHeaders[at + 1] ?? "";
    if (name.length === 4 && name.toLowerCase() === "host") {
      hosts += 1;
      names.unshift(hostOfAuthority(value));
    } else if (name === ":authority") {
      authorities += 1;
      names.push(hostOfAuthority(value));
    } else if (name === ":scheme") isForOtherScheme ||= value !== scheme;
  }
  if (hosts > 1 || authorities > 1) return "duplicate";
  // HTTP/2 says its scheme in the request; another than the connection's is a request for another server.
  if (isForOtherScheme) return [null];
  const target = request.url ?? "";
  if (request.method === "CONNECT") return target === "" ? names : [...names, hostOfAuthority(target)];
  if (target.startsWith("/") || target === "*") return names;
  return [...names, hostOfTarget(target, scheme)];
}

/** The site all of the names resolve to; null when they differ, when one is of no site, or when there is none at all. */
export function requestedSite(names: readonly (string | null)[], find: (name: string) => string | null): string | null {
  let found: string | null = null;
  for (const [at, name] of names.entries()) {
    const siteId = name === null ? null : find(name);
    if (siteId === null || (at > 0 && siteId !== found)) return null;
    found = siteId;
  }
  return found;
}

/** An absolute URI of another scheme than the connection's is a request for another server (RFC 9110 §7.4). */
function hostOfTarget(target: string, scheme: "http" | "https"): string | null {
  const parts = /^(https?):\/\/([^/?#]*)/i.exec(target);
  if (parts === null || parts[1]?.toLowerCase() !== scheme) return null;
  return hostOfAuthority(parts[2] ?? "");
}
