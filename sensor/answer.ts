import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { constants, type Http2ServerRequest, Http2ServerResponse, type ServerHttp2Stream } from "node:http2";
import { breakOff } from "#sensor/hang-up.ts";

/** What the sensor itself says: `close` ends an HTTP/1.1 connection after the answer (HTTP/2 has no such header). */
export type Answer = {
  status: number;
  requestId: string;
  headers?: OutgoingHttpHeaders;
  close?: boolean;
};

/** Answers in the sensor's own name: problem+json (RFC 9457) when the client accepts JSON, else a short HTML page. */
export function answer(request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse, said: Answer): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, requestId, headers = {}, close = false } = said;
  const title = titles[status] ?? "Error";
  const isJson = prefersJson(request.headers.accept);
  const body = isJson ? problemOf(status, title, requestId) : pageOf(status, title, requestId);
  // What was set for an answer that could not be given, the origin's headers among others, is no part of this one.
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
  response.setHeader("content-type", isJson ? "application/problem+json" : "text/html; charset=utf-8");
  response.setHeader("content-length", Buffer.byteLength(body));
  response.setHeader("cache-control", "no-store");
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("x-request-id", requestId);
  if (!isJson) response.setHeader("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  if (close && request.httpVersionMajor === 1) response.setHeader("connection", "close");
  if (request.method === "HEAD") response.end();
  else response.end(body);
  if (response instanceof Http2ServerResponse) breakOffUntaken(response.stream);
}

/** How long a client may leave an answer of ours untaken. */
const takenWithinMs = 10_000;

/** An HTTP/2 client that opens no window would hold the stream, and the connection, past every deadline. */
function breakOffUntaken(stream: ServerHttp2Stream): void {
  const timer = setTimeout(breakOff, takenWithinMs, stream, constants.NGHTTP2_INTERNAL_ERROR).unref();
  stream.once("close", () => clearTimeout(timer));
}

const titles: Record<number, string> = {
  301: "Moved Permanently",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  417: "Expectation Failed",
  421: "Misdirected Request",
  426: "Upgrade Required",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  508: "Loop Detected",
};

function problemOf(status: number, title: string, requestId: string): string {
  return JSON.stringify({ type: "about:blank", title, status, requestId });
}

function pageOf(status: number, title: string, requestId: string): string {
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>${status} ${title}</title><style>body{font:1rem/1.5 system-ui,sans-serif;margin:10vh auto;max-width:32rem;padding:0 1rem}</style>` +
    `<h1>${title}</h1><p>Request <code>${requestId}</code></p></html>\n`
  );
}

/** Whether JSON is accepted and no less welcome than HTML (RFC 9110 §12.5.1); a client that says nothing takes either. */
function prefersJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === "") return true;
  const json = Math.max(quality(accept, "application", "json"), quality(accept, "application", "problem+json"));
  return json > 0 && json >= quality(accept, "text", "html");
}

/** The weight of one media type: the most specific range that covers it counts. */
function quality(accept: string, type: string, subtype: string): number {
  let best = { rank: -1, weight: 0 };
  for (const range of accept.toLowerCase().split(",").slice(0, 50)) {
    const [media = "", ...parameters] = range.split(";").map((part) => part.trim());
    const rank = [`*/*`, `${type}/*`, `${type}/${subtype}`].indexOf(media);
    const weight = Number(parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? 1);
    if (rank > best.rank) best = { rank, weight: Number.isFinite(weight) ? weight : 0 };
  }
  return best.weight;
}
