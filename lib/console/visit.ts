import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { Caller } from "#lib/console/caller.ts";
import type { Certificate } from "#lib/pki/certificate.ts";
import { readAddress } from "#lib/site/address.ts";
import { clientAddressOf, type TrustedSources } from "#lib/site/client-address.ts";

/** By what a request is judged at the door. */
export type DoorRules = {
  /** The only origin there is, where CONSOLE_URL names one; else the names of this machine and of the certificate. */
  url: string | undefined;
  /** Whose X-Forwarded-For and X-Forwarded-Proto count. */
  proxies: TrustedSources | null;
  certificate: Certificate | undefined;
  /** In bytes; what a request announces beyond it is not read. */
  largestBody: number;
};

/** A request that may come in: who sends it, and the origin it was sent to. */
export type Visit = Caller & { origin: string };

/** What the door answers instead of a page. */
export type Refusal = { status: number; message: string };

/** Judges one request by its head alone; nothing that is refused here reaches a page. */
export function judgeVisit(request: IncomingMessage, rules: DoorRules): Visit | Refusal {
  const refuse = (status: number, message: string): Refusal => ({ status, message });
  // RFC 9112 section 3.2.2: a server that is no proxy may get the absolute form; it would overrule Host.
  if (!request.url?.startsWith("/")) return refuse(400, "The request's target must be a path.");
  // Browsers send paths in this form. One with dot segments would be one page to a rule of ours and another to Next.
  if (URL.parse(`http://n${request.url}`)?.pathname !== request.url.replace(/[?#].*$/s, ""))
    return refuse(400, "The request's path must be in normal form.");
  const caller = readCaller(request, rules.proxies);
  const origin = readOrigin(request, caller.isSecure);
  if (origin === null || !isOwn(origin, request, rules)) return refuse(421, misdirected(origin, rules.url));
  if (request.headers["transfer-encoding"] !== undefined) return refuse(411, "A request must say how long it is (Content-Length).");
  if (Number(request.headers["content-length"] ?? 0) > rules.largestBody) return refuse(413, "The request is too large.");
  if (isForeign(request, origin)) return refuse(403, "Changes are taken from the console's own pages only.");
  return { ...caller, origin };
}

function readCaller({ socket, headers }: IncomingMessage, proxies: TrustedSources | null): Caller {
  const peer = socket.remoteAddress ?? "";
  const { address } = clientAddressOf(peer, textOf(headers["x-forwarded-for"]), proxies);
  if (!proxies?.isTrusted(peer)) return { address, isSecure: socket instanceof TLSSocket };
  // Each proxy on the way adds its own word: one step in clear text is one too many.
  const schemes = textOf(headers["x-forwarded-proto"]).split(",");
  return { address, isSecure: schemes.every((scheme) => scheme.trim().toLowerCase() === "https") };
}

function textOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(",") : (value ?? "");
}

/** The origin that a browser would give the request's page, from Host alone; null when Host is missing, double or no name. */
function readOrigin({ headers, rawHeaders }: IncomingMessage, isSecure: boolean): string | null {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host");
  const host = headers.host ?? "";
  if (hosts.length !== 1 || !/^(?:[a-z0-9][a-z0-9.-]*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(host)) return null;
  return URL.parse(`${isSecure ? "https" : "http"}://${host}`)?.origin ?? null;
}

function isOwn(origin: string, { socket }: IncomingMessage, { url, certificate }: DoorRules): boolean {
  if (url !== undefined) return origin === url;
  const { hostname, port, protocol } = new URL(origin);
  if (Number(port || (protocol === "https:" ? 443 : 80)) !== socket.localPort) return false;
  const name = hostname.replace(/^\[(.*)\]$/, "$1");
  const address = readAddress(name)?.toString();
  if (["localhost", "127.0.0.1", "::1", readAddress(socket.localAddress ?? "")?.toString()].includes(address ?? name)) return true;
  if (certificate === undefined) return false;
  return address === undefined
    ? certificate.x509.checkHost(name, { subject: "never", partialWildcards: false }) !== undefined
    : certificate.x509.checkIP(address) !== undefined;
}

function misdirected(origin: string | null, url: string | undefined): string {
  if (url === undefined) return "This console answers at localhost, at the address it listens on and to the names in its certificate only.";
  const isInClear = origin === url.replace(/^https/, "http");
  return isInClear
    ? `This console is used over HTTPS only, at ${url}. A proxy in between must send X-Forwarded-Proto: https and be one of CONSOLE_TRUSTED_PROXIES.`
    : `This console answers at ${url} only. A proxy in between must pass on the Host that it got.`;
}

// Browsers send Origin with every request that is neither GET nor HEAD (Fetch standard, "append a request Origin
// header"), and Sec-Fetch-Site with all of them; a link that somebody follows is the one thing another site may start.
function isForeign({ method, headers }: IncomingMessage, origin: string): boolean {
  const site = headers["sec-fetch-site"] ?? "same-origin";
  const isFollowedLink = headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
  if (method === "GET" || method === "HEAD") return !["same-origin", "none"].includes(textOf(site)) && !isFollowedLink;
  return headers.origin?.toLowerCase() !== origin || site !== "same-origin";
}
