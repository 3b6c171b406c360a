import { exchangeMs } from "#lib/channel/exchange-limit.ts";
import { codeOf } from "#sensor/dial-error.ts";
import { type OriginFailure, originFailureOf } from "#sensor/origin-failure.ts";
import { requestHead } from "#sensor/request-head.ts";
import type { Upstream } from "#sensor/upstream.ts";

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
  const headers = { host: hostName, "user-agent": "Tessera (test of the origin)", "x-request-id": requestId, "cdn-loop": loopId };
  try {
    return await ask(upstream, requestHead({ method: "GET", path: "/", headers }), ended);
  } catch (error) {
    const code = codeOf(error);
    const failure = ended.aborted ? silent : originFailureOf(error);
    const alert = /^ERR_SSL_.*_ALERT_([A-Z_]+)$/.exec(code)?.[1]?.toLowerCase() ?? null;
    return { kind: "failed", failure, alert, isClosed: !ended.aborted && closedCodes.has(code) };
  }
}

const silent: OriginFailure = { status: 504, verdict: "ORIGIN_TIMEOUT", reason: `No answer within ${exchangeMs / 1_000} s.` };

const closedCodes = new Set(["ECONNRESET", "EPIPE", "dial.closed"]);

/** Asks as serving would. The head is the answer: a body that breaks off, or does not come in time, takes nothing back. */
async function ask({ pool }: Upstream, head: string, ended: AbortSignal): Promise<Exchange> {
  const connection = await pool.dial(ended);
  const { promise, resolve, reject } = Promise.withResolvers<Exchange>();
  const parts: Buffer[] = [];
  let size = 0;
  let status: number | null = null;
  const tell = () => {
    if (status === null) return reject(new Error("The origin did not answer."));
    const text = Buffer.concat(parts).subarray(0, mostBodyBytes).toString("latin1");
    resolve({ kind: "answered", status, isCertificateRefused: saysCertificateRefused(status, text) });
  };
  ended.addEventListener("abort", tell, { once: true });
  connection.ask(
    { method: "GET", head, isWhole: true },
    {
      interim: () => {},
      answered: (answer) => {
        status = answer.status;
      },
      body: (part) => {
        parts.push(part);
        size += part.length;
        if (size >= mostBodyBytes) tell();
      },
      ended: tell,
      failed: (error) => (status === null ? reject(error) : tell()),
      drained: () => {},
    },
  );
  if (ended.aborted) tell();
  try {
    return await promise;
  } finally {
    ended.removeEventListener("abort", tell);
    connection.destroy();
  }
}

const mostBodyBytes = 4_096;

/** nginx completes the handshake and answers in HTTP: 400 with one of two fixed sentences, or its own 495 and 496. */
function saysCertificateRefused(status: number, text: string): boolean {
  if (status === 495 || status === 496) return true;
  return status === 400 && /No required SSL certificate was sent|The SSL certificate error/.test(text);
}
