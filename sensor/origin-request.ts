import type { OutgoingHttpHeaders } from "node:http";
import { type ClientAddress, clientAddressOf, readTrustedSources, type TrustedSources } from "#lib/site/client-address.ts";
import type { Passage } from "#sensor/passage.ts";
import { headersToOrigin, isLooping, loopIdOf } from "#sensor/request-headers.ts";
import { type AnyRequest, requestedNames } from "#sensor/requested-names.ts";

/** A request as the origin shall get it. */
export type OriginRequest = { method: string; path: string; headers: OutgoingHttpHeaders; hasBody: boolean };

/** Why a request goes nowhere; `reason` is for the log. */
export type Refusal = { status: 400 | 413 | 501 | 508; reason: string };

/** What the origin is sent, or the status that answers instead; nothing is dialled before. */
export function originRequestOf(request: AnyRequest, passage: Passage): OriginRequest | Refusal {
  const names = requestedNames(request, passage.scheme);
  if (names === "duplicate") return refusal(400, "more than one Host");
  // An absolute URI's authority, which stands last, outranks Host (RFC 9112 §3.2.2).
  const hostName = names.at(-1);
  if (hostName === undefined || hostName === null) return refusal(400, "no usable host name");
  // Two names for one request are an error in HTTP/2 alone (RFC 9113 §8.3.1).
  if (request.httpVersionMajor === 2 && names.some((name) => name !== hostName)) return refusal(400, "Host contradicts :authority");
  const path = pathOf(request.url ?? "", request.method ?? "");
  if (path === null) return refusal(400, "unusable request target");
  const body = bodyOf(request, passage.compiled.maxBodySizeBytes);
  if ("status" in body) return body;
  const loopId = loopIdOf(passage.siteId);
  if (isLooping(request.headers, loopId)) return refusal(508, "the request came back");

  const sources = trustedSourcesOf(passage.compiled.realIp);
  const headers = headersToOrigin(request.headers, {
    hostName,
    loopId,
    scheme: passage.scheme,
    publicPort: passage.publicPort,
    requestId: passage.requestId,
    client: clientOf(request, passage, sources),
    untrustedHeader: sources === null || sources.isTrusted(passage.clientAddress) ? null : sources.headerName,
  });
  return { method: request.method ?? "GET", path, headers: { ...headers, ...body.framing }, hasBody: body.hasBody };
}

/** The request target byte for byte; of an absolute URI what follows its authority (RFC 9112 §3.2.2, §3.2.4). */
export function pathOf(target: string, method: string): string | null {
  if (target.startsWith("/") || target === "*") return target;
  const rest = /^https?:\/\/[^/?#]*(.*)$/is.exec(target)?.[1];
  if (rest === undefined) return null;
  if (rest === "") return method === "OPTIONS" ? "*" : "/";
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** Framing is written anew, never passed on: what both sides would read differently goes nowhere (RFC 9112 §6.3). */
function bodyOf(request: AnyRequest, limit: number): { hasBody: boolean; framing: OutgoingHttpHeaders } | Refusal {
  const { "transfer-encoding": coding, "content-length": length } = request.headers;
  if (coding !== undefined) {
    if (length !== undefined || request.httpVersion === "1.0") return refusal(400, "ambiguous framing");
    if (coding.trim().toLowerCase() !== "chunked") return refusal(501, "a transfer coding other than chunked");
    return { hasBody: true, framing: { "transfer-encoding": "chunked" } };
  }
  if (length === undefined) return withoutLength(request);
  if (!/^\d{1,15}$/.test(length)) return refusal(400, "unusable Content-Length");
  if (Number(length) > limit) return refusal(413, `a body of ${length} bytes is over the limit of ${limit}`);
  return { hasBody: Number(length) > 0, framing: { "content-length": String(Number(length)) } };
}

function withoutLength(request: AnyRequest): { hasBody: boolean; framing: OutgoingHttpHeaders } {
  if ("stream" in request && !request.stream.endAfterHeaders) return { hasBody: true, framing: { "transfer-encoding": "chunked" } };
  const expectsLength = ["POST", "PUT", "PATCH"].includes(request.method ?? "");
  return { hasBody: false, framing: expectsLength ? { "content-length": "0" } : {} };
}

function clientOf(request: AnyRequest, passage: Passage, sources: TrustedSources | null): ClientAddress {
  const value = sources === null ? undefined : valuesOf(request.rawHeaders, sources.headerName).join(",");
  return clientAddressOf(passage.clientAddress, value === "" ? undefined : value, sources);
}

/** All lines of a header; Node keeps only the first of some. */
function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.flatMap((text, at) => (at % 2 === 0 && text.toLowerCase() === name ? [rawHeaders[at + 1] ?? ""] : []));
}

const readSources = new WeakMap<object, TrustedSources>();

/** A compiled site is frozen, so its CIDRs are parsed once. */
function trustedSourcesOf(realIp: Passage["compiled"]["realIp"]): TrustedSources | null {
  if (realIp === null) return null;
  const known = readSources.get(realIp) ?? readTrustedSources(realIp);
  readSources.set(realIp, known);
  return known;
}

function refusal(status: Refusal["status"], reason: string): Refusal {
  return { status, reason };
}
