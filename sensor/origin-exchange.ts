import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from "node:http";
import { exchangeMs } from "#lib/channel/origin-test.ts";
import { codeOf } from "#sensor/dial-error.ts";
import { type OriginFailure, originFailureOf } from "#sensor/origin-failure.ts";
import type { ConnectOptions, Upstream } from "#sensor/upstream.ts";

/** What came of one request to an origin. `alert` is the TLS alert it sent, in lower case with underscores. */
export type Exchange =
  | { kind: "answered"; status: number; isCertificateRefused: boolean }
  | { kind: "failed"; failure: OriginFailure; alert: string | null; isClosed: boolean };

export type ExchangeOptions = { upstream: Upstream; hostName: string; requestId: string; loopId: string; signal: AbortSignal };

/**
 * One GET / over a new connection, redirects not followed. An origin that speaks TLS 1.3 refuses a client certificate only
 * after the handshake (RFC 8446 §4.4.2.4), so that nothing less than an answer says it was accepted. Never rejects.
 */
export async function exchangeOnce({ upstream, hostName, requestId, loopId, signal }: ExchangeOptions): Promise<Exchange> {
  const deadline = AbortSignal.timeout(exchangeMs);
  const ended = AbortSignal.any([signal, deadline]);
  const options: RequestOptions & ConnectOptions = {
    agent: upstream.freshAgent,
    host: hostName,
    path: "/",
    headers: { Host: hostName, "User-Agent": "Tessera (test of the origin)", "X-Request-Id": requestId, "CDN-Loop": loopId },
    signal: ended,
    dialSignal: ended,
  };
  try {
    return await answerOf(request(options));
  } catch (error) {
    const code = codeOf(error);
    const failure = ended.aborted ? silent : originFailureOf(error);
    const alert = /^ERR_SSL_.*_ALERT_([A-Z_]+)$/.exec(code)?.[1]?.toLowerCase() ?? null;
    return { kind: "failed", failure, alert, isClosed: !ended.aborted && closedCodes.has(code) };
  }
}

const silent: OriginFailure = { status: 504, verdict: "ORIGIN_TIMEOUT", reason: `No answer within ${exchangeMs / 1_000} s.` };

const closedCodes = new Set(["ECONNRESET", "EPIPE", "dial.closed"]);

function answerOf(sent: ClientRequest): Promise<Exchange> {
  const { promise, resolve, reject } = Promise.withResolvers<Exchange>();
  sent.on("error", reject);
  sent.once("response", (response) => {
    readStart(response).then((text) => {
      const status = response.statusCode ?? 0;
      resolve({ kind: "answered", status, isCertificateRefused: saysCertificateRefused(status, text) });
      sent.destroy();
    }, reject);
  });
  sent.end();
  return promise;
}

const mostBodyBytes = 4_096;

/** The head was the answer; a body that breaks off, or does not come before the deadline, takes nothing back. */
async function readStart(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= mostBodyBytes) break;
    }
  } catch {
    // What has come so far is judged.
  }
  return Buffer.concat(chunks).subarray(0, mostBodyBytes).toString("latin1");
}

/** nginx completes the handshake and answers in HTTP: 400 with one of two fixed sentences, or its own 495 and 496. */
function saysCertificateRefused(status: number, text: string): boolean {
  if (status === 495 || status === 496) return true;
  return status === 400 && /No required SSL certificate was sent|The SSL certificate error/.test(text);
}
