import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { Logger } from "#lib/log.ts";
import type { UpstreamVerdict } from "#lib/site/verdict.ts";
import { answer } from "#sensor/answer.ts";
import { createBodyLimit } from "#sensor/body-limit.ts";
import { addressOf, codeOf } from "#sensor/dial-error.ts";
import { drain, reset } from "#sensor/hang-up.ts";
import { originFailureOf } from "#sensor/origin-failure.ts";
import type { OriginRequest } from "#sensor/origin-request.ts";
import { passBody } from "#sensor/pass-body.ts";
import type { Passage } from "#sensor/passage.ts";
import { ProtocolError, writeHead } from "#sensor/response-head.ts";
import { createSilence } from "#sensor/silence.ts";

/** One request between its client and its origin, from the first dial to the last byte. */
export type Relay = {
  /** What the origin shall get as body. */
  readonly body: Readable;
  connected(outgoing: ClientRequest): void;
  answered(incoming: IncomingMessage): void;
  /** Gives the connection away (to a WebSocket): no time-out, answer or report comes from here any more. */
  release(): void;
};

/** One way of sending the request: over a connection of its own when `isFresh`; the signal takes it back. */
export type Attempt = { isFresh: boolean; signal: AbortSignal; failed: (error: unknown) => void };

export type RelayOptions = {
  request: IncomingMessage;
  response: ServerResponse;
  passage: Passage;
  plan: OriginRequest;
  log: Logger;
  /** A client that takes nothing of its answer for so long holds the origin's connection for nothing. */
  stallMs: number;
  /** Sends the request to the origin; throws what Node will not write as a request. */
  send: (relay: Relay, attempt: Attempt) => void;
};

/** Interim answers are no sign of life without end (RFC 9110 §15.2). */
const mostInterimAnswers = 20;

const safeToRepeat = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** Begins the relay; `passage.onDone` is called when it is over, whatever happens. */
export function startRelay({ request, response, passage, plan, log, stallMs, send }: RelayOptions): Relay {
  const { compiled, requestId } = passage;
  const isRepeatable = !plan.hasBody && safeToRepeat.has(plan.method);
  let attempt = { isFresh: false, controller: new AbortController() };
  let outgoing: ClientRequest | null = null;
  let incoming: IncomingMessage | null = null;
  let isSettled = false;
  let verdict: UpstreamVerdict | null = null;
  let reason: string | undefined;
  let originMs: number | undefined;
  let originAddress: string | undefined;
  const startedAt = performance.now();

  const sending = createSilence(compiled.sendTimeoutMs, () => giveUp(sendingStalled()));
  const reading = createSilence(compiled.readTimeoutMs, () =>
    giveUp(timedOut(`The origin sent nothing for ${compiled.readTimeoutMs} ms.`)),
  );
  const taking = createSilence(stallMs, () => giveUp({ status: 408, verdict, reason: "The client took nothing of its answer." }));

  const limit = plan.hasBody
    ? createBodyLimit(compiled.maxBodySizeBytes, {
        onOver: () => giveUp({ status: 413, verdict: null, reason: `The body is larger than ${compiled.maxBodySizeBytes} bytes.` }),
        isWhole: () => request.complete,
      })
    : null;
  const relay: Relay = { body: limit === null ? request : request.pipe(limit), connected, answered, release };

  // A client that goes is no error here: its going is told by `close`, which always comes.
  request.on("error", () => {});
  response.on("error", () => {});
  response.once("close", finish);
  // What goes only once waits until all that has arrived is read: the end of a kept connection may be among it.
  if (isRepeatable) begin();
  else setImmediate(begin);
  return relay;

  function begin(): void {
    if (isSettled) return;
    const current = attempt;
    const failedNow = (error: unknown) => {
      if (attempt === current) failed(error);
    };
    try {
      send(relay, { isFresh: current.isFresh, signal: current.controller.signal, failed: failedNow });
    } catch (error) {
      // What Node will not write as a request line or header is the client's fault.
      giveUp({ status: 400, verdict: null, reason: String(error) });
    }
  }

  function connected(ready: ClientRequest): void {
    if (isSettled) return;
    outgoing = ready;
    originAddress = ready.socket?.remoteAddress ?? originAddress;
    // The origin has ended it, and nothing was sent: this is no second try, whatever the method (RFC 9110 §9.2.2).
    if (ready.reusedSocket && ready.socket?.writable === false) {
      sendAnew();
      ready.destroy();
      return;
    }
    sending.restart();
    limit?.on("data", () => sending.restart());
    let interimAnswers = 0;
    ready.on("information", () => {
      interimAnswers += 1;
      if (interimAnswers > mostInterimAnswers) failed(new ProtocolError("The origin sends interim answers without end."));
    });
    ready.once("finish", () => {
      sending.stop();
      if (incoming === null && !isSettled) reading.restart();
    });
    // Some endings have no error, as 101 to a request that asked for no upgrade.
    ready.once("close", () => {
      if (outgoing === ready && incoming === null) failed(new ProtocolError("The origin's connection ended without an answer."));
    });
  }

  function answered(head: IncomingMessage): void {
    head.on("error", failed);
    if (isSettled) return;
    incoming = head;
    try {
      writeHead(response, head, passage);
    } catch (error) {
      failed(error instanceof ProtocolError ? error : new ProtocolError(String(error)));
      return;
    }
    verdict = "ORIGIN_OK";
    originMs = performance.now() - startedAt;
    passBody(head, response, { reading, taking });
  }

  function failed(error: unknown): void {
    // What an origin says or does after a whole answer costs it the connection, and the client nothing.
    if (isSettled || incoming?.complete === true) return;
    if (mayRepeat(error)) sendAnew();
    else giveUp(originFailureOf(error), addressOf(error));
  }

  function sendAnew(): void {
    sending.pause();
    reading.pause();
    if (outgoing !== null) relay.body.unpipe(outgoing);
    outgoing = null;
    attempt = { isFresh: true, controller: new AbortController() };
    begin();
  }

  /** A kept connection the origin had closed already (RFC 9112 §9.3.1): nothing of an answer has come. */
  function mayRepeat(error: unknown): boolean {
    const isStale = outgoing?.reusedSocket === true && ["ECONNRESET", "EPIPE"].includes(codeOf(error));
    return isStale && incoming === null && !attempt.isFresh && isRepeatable;
  }

  /** The origin's request is destroyed, never ended: a body cut short must not look whole. */
  function giveUp(failure: { status: number; verdict: UpstreamVerdict | null; reason: string }, address = originAddress): void {
    if (isSettled) return;
    originAddress = address;
    settle();
    ({ verdict, reason } = failure);
    const isOriginAtFault = verdict !== null && verdict !== "ORIGIN_OK";
    log[isOriginAtFault ? "warn" : "info"]({ requestId, siteId: passage.siteId, revision: passage.revision, ...failure }, "request failed");
    attempt.controller.abort();
    if (response.headersSent) {
      reset(response);
      return;
    }
    answer(request, response, { status: failure.status, requestId });
    drain(request);
  }

  function sendingStalled(): Parameters<typeof giveUp>[0] {
    if (limit !== null && !limit.isPaused() && !limit.writableEnded)
      return { status: 408, verdict: null, reason: `The client sent nothing of its body for ${compiled.sendTimeoutMs} ms.` };
    return timedOut(`The origin took nothing for ${compiled.sendTimeoutMs} ms.`);
  }

  function settle(): void {
    isSettled = true;
    for (const silence of [sending, reading, taking]) silence.stop();
  }

  function release(): void {
    settle();
    response.off("close", finish);
  }

  function finish(): void {
    settle();
    const isWhole = incoming?.complete === true && response.writableFinished;
    if (!isWhole || !request.complete) attempt.controller.abort();
    if (!request.complete) drain(request);
    if (!response.writableFinished) reason ??= "The client went away.";
    passage.onDone({ status: response.headersSent ? response.statusCode : null, verdict, reason, originMs, originAddress });
  }
}

function timedOut(reason: string): { status: number; verdict: UpstreamVerdict; reason: string } {
  return { status: 504, verdict: "ORIGIN_TIMEOUT", reason };
}
