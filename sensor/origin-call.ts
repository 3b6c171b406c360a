import type { IncomingMessage } from "node:http";
import { codeOf } from "#sensor/dial-error.ts";
import type { OriginConnection } from "#sensor/origin-connection.ts";
import type { OriginRequest } from "#sensor/origin-request.ts";
import type { Passage } from "#sensor/passage.ts";
import type { Leg, Relay } from "#sensor/relay.ts";
import { requestHead } from "#sensor/request-head.ts";
import { createSilence } from "#sensor/silence.ts";
import { createUpload } from "#sensor/upload.ts";

export type OriginCallOptions = { request: IncomingMessage; plan: OriginRequest; passage: Passage; relay: Relay };

const safeToRepeat = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** Sends one request over a kept connection or a new one and tells the relay what comes back. */
export function startOriginCall({ request, plan, passage, relay }: OriginCallOptions): Leg {
  const { compiled } = passage;
  const { pool } = passage.upstream;
  const hasBody = plan.body !== 0;
  const isRepeatable = !hasBody && safeToRepeat.has(plan.method);
  let connection: OriginConnection | null = null;
  let dialling: AbortController | null = null;
  let isSent = !hasBody;
  let isEnded = false;
  let isOver = false;
  let isSecondTry = false;

  const sending = createSilence(compiled.sendTimeoutMs, () => relay.giveUp(sendingStalled()));
  const upload = hasBody
    ? createUpload({
        request,
        framing: plan.body,
        limit: compiled.maxBodySizeBytes,
        onOver: () => relay.giveUp({ status: 413, verdict: null, reason: `The body is larger than ${compiled.maxBodySizeBytes} bytes.` }),
        onProgress: sending.restart,
        onSent: () => {
          isSent = true;
          if (isEnded) connection = null;
          sending.stop();
          relay.sent();
        },
      })
    : null;
  const caller = { interim: relay.interim, answered: relay.answered, body: relay.body, ended, failed, drained: () => upload?.drained() };

  return { begin, pause: () => connection?.pause(), resume: () => connection?.resume(), abandon };

  /** What goes only once waits until all that has arrived is read: the end of a kept connection may be among it. */
  function begin(): void {
    if (isRepeatable) connect();
    else setImmediate(connect);
  }

  function connect(): void {
    if (isOver) return;
    const kept = isSecondTry ? null : pool.take();
    if (kept !== null) ask(kept);
    else dial();
  }

  function dial(): void {
    const controller = new AbortController();
    dialling = controller;
    pool.dial(controller.signal).then((made) => {
      dialling = null;
      if (isOver) made.destroy();
      else ask(made);
    }, failed);
  }

  function ask(ready: OriginConnection): void {
    connection = ready;
    relay.connected(ready.address);
    let head: string;
    try {
      head = requestHead(plan);
    } catch (error) {
      // What cannot be written as a request line or header is the client's fault.
      ready.destroy();
      relay.giveUp({ status: 400, verdict: null, reason: String(error) });
      return;
    }
    ready.ask({ method: plan.method, head, isWhole: upload === null }, caller);
    if (upload === null) relay.sent();
    else upload.begin(ready);
  }

  /** An answer before the whole body leaves the connection with this call, whose end is then its end. */
  function ended(): void {
    isEnded = true;
    if (isSent) connection = null;
    relay.ended();
  }

  function failed(error: unknown): void {
    const failedConnection = connection;
    connection = null;
    if (isOver) return;
    if (isEnded) {
      // The answer is whole, and the rest of the body has nowhere to go.
      sending.stop();
      upload?.stop();
    }
    if (failedConnection !== null && mayRepeat(failedConnection, error)) {
      isSecondTry = true;
      connect();
    } else relay.failed(error);
  }

  /** A kept connection the origin had closed already (RFC 9112 §9.3.1): nothing of an answer has come, or nothing was sent. */
  function mayRepeat(on: OriginConnection, error: unknown): boolean {
    if (on.isUnsent) return on.isReused && !isSecondTry;
    return isRepeatable && !isSecondTry && on.isReused && !on.hasAnswered && ["ECONNRESET", "EPIPE"].includes(codeOf(error));
  }

  function abandon(): void {
    if (isOver) return;
    isOver = true;
    sending.stop();
    upload?.stop();
    dialling?.abort();
    connection?.leave(caller);
    connection = null;
  }

  function sendingStalled(): Parameters<Relay["giveUp"]>[0] {
    const stalled = `for ${compiled.sendTimeoutMs} ms.`;
    if (upload?.isBlocked) return { status: 504, verdict: "ORIGIN_TIMEOUT", reason: `The origin took nothing ${stalled}` };
    return { status: 408, verdict: null, reason: `The client sent nothing of its body ${stalled}` };
  }
}
