import type { OutgoingHttpHeaders } from "node:http";
import { type ClientAddress, clientAddressOf, readTrustedSources, type TrustedSources } from "#lib/site/client-address.ts";
import type { Passage } from "#sensor/passage.ts";
import { headersToOrigin, isLooping, loopIdOf } from "#sensor/request-headers.ts";
import { type AnyRequest, requestedNames } from "#sensor/requested-names.ts";

/** How a body is framed for the origin: in chunks, or by its length in bytes. */
export type BodyFraming = "chunked" | number;

/** A request as the origin shall get it; `headers` hold its framing too. */
export type OriginRequest = { method: string; path: string; headers: OutgoingHttpHeaders; body: BodyFraming };

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
  const method = request.method ?? "GET";
  if (body.framing === "chunked") headers["transfer-encoding"] = "chunked";
  else if (body.isLengthSaid) headers["content-length"] = String(body.framing);
  return { method, path, headers, body: body.framing };
}

/** The request target byte for byte; of an absolute URI what follows its authority (RFC 9112 §3.2.2, §3.2.4). */
export function pathOf(target: string, method: string): string | null {
  if (target.startsWith("/") || target === "*") return target;
  const rest = /^https?:\/\/[^/?#]*(.*)$/is.exec(target)?.[1];
  if (rest === undefined) return null;
  if (rest === "") return method === "OPTIONS" ? "*" : "/";
  return rest.startsWith("/") ? rest : `/${rest}`;
}

type Body = { framing: BodyFraming; isLengthSaid: boolean };

/** Framing is written anew, never passed on: what both sides would read differently goes nowhere (RFC 9112 §6.3). */
function bodyOf(request: AnyRequest, limit: number): Body | Refusal {
  const { "transfer-encoding": coding, "content-length": length } = request.headers;
  if (coding !== undefined) {
    if (length !== undefined || request.httpVersion === "1.0") return refusal(400, "ambiguous framing");
    if (coding.trim().toLowerCase() !== "chunked") return refusal(501, "a transfer coding other than chunked");
    return inChunks;
  }
  if (length === undefined) return withoutLength(request);
  if (!/^\d{1,15}$/.test(length)) return refusal(400, "unusable Content-Length");
  if (Number(length) > limit) return refusal(413, `a body of ${length} bytes is over the limit of ${limit}`);
  return { framing: Number(length), isLengthSaid: true };
}

const inChunks: Body = { framing: "chunked", isLengthSaid: false };
const noBody: Body = { framing: 0, isLengthSaid: false };
const emptyBody: Body = { framing: 0, isLengthSaid: true };

/** A method whose requests have bodies says that this one has none (RFC 9110 §8.6). */
function withoutLength(request: AnyRequest): Body {
  if ("stream" in request && !request.stream.endAfterHeaders) return inChunks;
  return expectsLength.has(request.method ?? "") ? emptyBody : noBody;
}

const expectsLength = new Set(["POST", "PUT", "PATCH"]);

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
