import { createHmac } from "node:crypto";
import { request } from "node:http";
import { isIP, type Socket } from "node:net";
import { createSecureContext } from "node:tls";
import { AppError } from "#lib/app-error.ts";
import type { WebhookOutcome } from "#lib/site/webhook-outcome.ts";
import { readWebhookUrl, type WebhookUrl } from "#lib/site/webhook-url.ts";
import { openWebhook, type SealedWebhook, type WebhookCall } from "#lib/store/seal-webhook.ts";
import { codeOf } from "#sensor/dial-error.ts";
import type { Dialer } from "#sensor/dialer.ts";
import type { KeyringFile } from "#sensor/keyring-file.ts";
import { originFailureOf } from "#sensor/origin-failure.ts";
import { secureWith } from "#sensor/upstream.ts";

/** What is sent: `id` stays the same at every attempt, so that a receiver knows a message that it has already. */
export type WebhookMessage = { id: string; tenantId: string; body: string };

/** Calls a webhook once; never rejects. */
export type CallWebhook = (call: WebhookCall, message: WebhookMessage, signal?: AbortSignal) => Promise<WebhookOutcome>;

export type WebhookOptions = {
  dialer: Dialer;
  /** Wall clock in milliseconds. */
  now?: () => number;
  /** For tests: CAs instead of Node's, and less patience. */
  ca?: string[];
  timeoutMs?: number;
};

/** Of the answer no more is read than this; nobody looks at it. */
const mostAnswerBytes = 65_536;
const mostHeadBytes = 16_384;

/**
 * A caller over the one dialer: https alone, the certificate verified, redirects never followed, and of the answer nothing
 * kept but its status. One deadline holds for everything, so that a slow receiver cannot hold the call.
 */
export function createWebhookCaller({ dialer, now = Date.now, ca, timeoutMs = 10_000 }: WebhookOptions): CallWebhook {
  const context = createSecureContext({ minVersion: "TLSv1.2", ...(ca && { ca }) });
  return async (call, message, signal) => {
    const url = readWebhookUrl(call.url);
    if (!url.ok) return { reason: "could not connect: the stored address is no https address" };
    const deadline = AbortSignal.timeout(timeoutMs);
    const stop = signal ? AbortSignal.any([signal, deadline]) : deadline;
    let isConnected = false;
    try {
      const socket = await connect(url.value, message.tenantId, stop);
      isConnected = true;
      return { status: await exchange(socket, url.value, { call, message, signal: stop }) };
    } catch (failure) {
      return { reason: reasonOf(failure, { isConnected, isLate: deadline.aborted, timeoutMs }) };
    }
  };

  function connect({ hostName, port }: WebhookUrl, tenantId: string, signal: AbortSignal): Promise<Socket> {
    const destination = isIP(hostName) === 0 ? { kind: "host" as const, hostName } : { kind: "addresses" as const, addresses: [hostName] };
    const secure = secureWith({ isVerified: true, serverName: hostName }, context);
    return dialer.dial({ destination, port, timeoutMs, scope: `webhook ${tenantId}`, signal, secure });
  }

  function exchange(
    socket: Socket,
    { href, path }: WebhookUrl,
    { call, message, signal }: { call: WebhookCall; message: WebhookMessage; signal: AbortSignal },
  ): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const headers = headersOf(new URL(href).host, call.secret, message, Math.floor(now() / 1_000));
    const sent = request({ createConnection: () => socket, method: "POST", path, headers, signal, maxHeaderSize: mostHeadBytes });
    let status: number | null = null;
    sent.on("response", (response) => {
      status = response.statusCode ?? 0;
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > mostAnswerBytes) sent.destroy();
      });
      response.on("error", () => {});
      response.once("end", () => sent.destroy());
    });
    let fault: unknown = new AppError("webhook.no-answer", "The receiver gave no answer.");
    sent.on("error", (failure) => (fault = failure));
    // What comes after the head changes nothing: also an answer that is cut off has been one.
    sent.once("close", () => {
      socket.destroy();
      if (status === null) reject(fault);
      else resolve(status);
    });
    sent.end(message.body);
    return promise;
  }
}

/** What a stored webhook is called with; while keys are rotated the file may be newer than what was read of it. Throws AppError `webhook.…`. */
export function openCall(keyrings: KeyringFile, webhook: SealedWebhook): Promise<WebhookCall> {
  if (!keyrings.current().keys.some(({ id }) => id === webhook.keyringKeyId)) keyrings.refresh();
  return openWebhook(keyrings.current(), webhook);
}

/** What is said where `openCall` throws. */
export const unopened = "could not connect: its stored address cannot be opened, set the webhook anew";

/** As Standard Webhooks 1.0 signs: HMAC-SHA256 over id, time and body with dots between them. */
export function signWebhook(secret: Buffer, id: string, seconds: number, body: string): string {
  return `v1,${createHmac("sha256", secret).update(`${id}.${seconds}.${body}`).digest("base64")}`;
}

function headersOf(host: string, secret: Buffer, { id, body }: WebhookMessage, seconds: number) {
  return {
    Host: host,
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    "User-Agent": "Tessera",
    // RFC 8586: a receiver behind a site of this product must not be taken for one of its clients for ever.
    "CDN-Loop": "tessera-webhook",
    Connection: "close",
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": signWebhook(secret, id, seconds, body),
  };
}

type Circumstances = { isConnected: boolean; isLate: boolean; timeoutMs: number };

/** Fixed phrases alone: an error's own text may quote what the other side chose. */
function reasonOf(failure: unknown, { isConnected, isLate, timeoutMs }: Circumstances): string {
  if (isConnected && isLate) return `did not answer within ${timeoutMs / 1_000} s`;
  if (isConnected)
    return codeOf(failure) === "HPE_HEADER_OVERFLOW" ? "answered with too long a head" : "closed the connection without an answer";
  const why = isLate
    ? `no connection within ${timeoutMs / 1_000} s`
    : (byCode[codeOf(failure)] ?? byVerdict[originFailureOf(failure).verdict]);
  return `could not connect: ${why}`;
}

const byCode: Record<string, string> = {
  "dial.forbidden": "the sensor may not connect to this address",
  "dial.unresolved": "its name has no address",
  "dial.closed": "it closed the connection at once",
  "dial.aborted": "the sensor stopped",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "it closed the connection at once",
};

const byVerdict: Record<ReturnType<typeof originFailureOf>["verdict"], string> = {
  ORIGIN_TIMEOUT: "no connection in time",
  ORIGIN_UNREACHABLE: "its address cannot be reached",
  ORIGIN_CERT_NAME_MISMATCH: "its certificate is for another name",
  ORIGIN_CERT_EXPIRED: "its certificate is not valid today",
  ORIGIN_CERT_UNTRUSTED: "its certificate is from no CA that is trusted here",
  ORIGIN_REFUSED_CLIENT_CERT: "it asks for a client certificate",
  ORIGIN_PROTOCOL_ERROR: "it does not speak TLS as expected",
};
