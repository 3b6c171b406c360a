import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "#lib/log.ts";
import type { UpstreamVerdict } from "#lib/site/verdict.ts";
import { answer } from "#sensor/answer.ts";
import { addressOf } from "#sensor/dial-error.ts";
import { drain, reset } from "#sensor/hang-up.ts";
import { originFailureOf } from "#sensor/origin-failure.ts";
import type { Passage } from "#sensor/passage.ts";
import { ProtocolError, type ResponseHead } from "#sensor/response-head.ts";
import { headersToClient } from "#sensor/response-headers.ts";
import { createSilence } from "#sensor/silence.ts";

/** The origin's half of one request. */
export type Leg = {
  begin(): void;
  /** The client takes no more at present. */
  pause(): void;
  resume(): void;
  /** Nobody wants the answer: what is under way is destroyed, never ended, lest a body cut short look whole. */
  abandon(): void;
};

/** The client's half of one request: what the leg tells it. After the end of either nothing said here has an effect. */
export type Relay = {
  /** A connection to this address carries the request. */
  connected(address: string | undefined): void;
  /** The request is with the origin: from here on its silence counts. */
  sent(): void;
  /** An answer from 100 to 199, which is not passed on. */
  interim(): void;
  /** `isAlone`: nothing of the body has come with it. */
  answered(head: ResponseHead, isAlone: boolean): void;
  /** A part of the answer's body; with `isLast` the end has only to be confirmed by `ended`. */
  body(part: Buffer, isLast: boolean): void;
  ended(): void;
  failed(error: unknown): void;
  giveUp(failure: Failure): void;
  /** Gives the connection away (to a WebSocket): no time-out, answer or report comes from here any more. */
  release(): void;
};

/** `verdict` is null where the origin is not at fault; `reason` is for the log. */
export type Failure = { status: number; verdict: UpstreamVerdict | null; reason: string };

export type RelayOptions = {
  request: IncomingMessage;
  response: ServerResponse;
  passage: Passage;
  log: Logger;
  /** A client that takes nothing of its answer for so long holds the origin's connection for nothing. */
  stallMs: number;
  /** Makes the origin's half. */
  start: (relay: Relay) => Leg;
};

/** Interim answers are no sign of life without end (RFC 9110 §15.2). */
const mostInterimAnswers = 20;

/** Begins the relay; `passage.onDone` is called when it is over, whatever happens. */
export function startRelay({ request, response, passage, log, stallMs, start }: RelayOptions): void {
  const { compiled, requestId } = passage;
  let head: ResponseHead | null = null;
  let hasBody = false;
  let isEnded = false;
  let isSettled = false;
  let isPaused = false;
  let interimAnswers = 0;
  let verdict: UpstreamVerdict | null = null;
  let reason: string | undefined;
  let originMs: number | undefined;
  let originAddress: string | undefined;
  const startedAt = performance.now();

  const reading = createSilence(compiled.readTimeoutMs, () =>
    giveUp({ status: 504, verdict: "ORIGIN_TIMEOUT", reason: `The origin sent nothing for ${compiled.readTimeoutMs} ms.` }),
  );
  const taking = createSilence(stallMs, () => giveUp({ status: 408, verdict, reason: "The client took nothing of its answer." }));

  // A client that goes is no error here: its going is told by `close`, which always comes.
  request.on("error", ignore);
  response.on("error", ignore);
  response.on("drain", goOn);
  response.once("close", finish);
  const leg = start({ connected, sent, interim, answered, body, ended, failed, giveUp, release });
  leg.begin();

  function connected(address: string | undefined): void {
    originAddress = address ?? originAddress;
  }

  function sent(): void {
    if (head === null && !isSettled) reading.restart();
  }

  function interim(): void {
    interimAnswers += 1;
    if (interimAnswers > mostInterimAnswers) failed(new ProtocolError("The origin sends interim answers without end."));
  }

  function answered(given: ResponseHead, isAlone: boolean): void {
    if (isSettled) return;
    try {
      writeHead(response, given, passage);
    } catch (error) {
      failed(error instanceof ProtocolError ? error : new ProtocolError(String(error)));
      return;
    }
    head = given;
    verdict = "ORIGIN_OK";
    originMs = performance.now() - startedAt;
    reading.restart();
    // A head whose body is long in coming (server-sent events) goes at once; else it shares the first packet.
    if (isAlone) setImmediate(flushHead);
  }

  function flushHead(): void {
    if (!hasBody && !isEnded && !response.writableEnded && !response.destroyed) response.flushHeaders();
  }

  function body(part: Buffer, isLast: boolean): void {
    if (isSettled) return;
    hasBody = true;
    if (isLast) {
      response.end(part);
      return;
    }
    reading.restart();
    if (response.write(part)) return;
    // While it is not read because the client is slow, the origin is not silent.
    isPaused = true;
    reading.pause();
    taking.restart();
    leg.pause();
  }

  function goOn(): void {
    if (!isPaused || isSettled) return;
    isPaused = false;
    taking.pause();
    if (!isEnded) reading.restart();
    leg.resume();
  }

  function ended(): void {
    if (isSettled) return;
    isEnded = true;
    reading.stop();
    if (!response.writableEnded) response.end();
    if (!response.writableFinished) taking.restart();
  }

  function failed(error: unknown): void {
    // What an origin says or does after a whole answer costs it the connection, and the client nothing.
    if (isSettled || isEnded) return;
    originAddress = addressOf(error) ?? originAddress;
    giveUp(originFailureOf(error));
  }

  function giveUp(failure: Failure): void {
    if (isSettled) return;
    settle();
    ({ verdict, reason } = failure);
    const isOriginAtFault = verdict !== null && verdict !== "ORIGIN_OK";
    log[isOriginAtFault ? "warn" : "info"]({ requestId, siteId: passage.siteId, revision: passage.revision, ...failure }, "request failed");
    leg.abandon();
    if (response.headersSent) {
      reset(response);
      return;
    }
    answer(request, response, { status: failure.status, requestId });
    drain(request);
  }

  function settle(): void {
    isSettled = true;
    reading.stop();
    taking.stop();
  }

  function release(): void {
    settle();
    response.off("close", finish);
  }

  function finish(): void {
    settle();
    leg.abandon();
    if (!request.complete) drain(request);
    if (!response.writableFinished) reason ??= "The client went away.";
    passage.onDone({ status: response.headersSent ? response.statusCode : null, verdict, reason, originMs, originAddress });
  }
}

/** Throws what Node will not write as a head. */
function writeHead(response: ServerResponse, { status, phrase, headers }: ResponseHead, passage: Passage): void {
  const kept = headersToClient(headers, passage.compiled.responseHeaders, passage.requestId);
  // HTTP/2 has no reason phrase (RFC 9113 §8.3.2).
  if (phrase !== "" && !("stream" in response)) response.statusMessage = phrase;
  response.writeHead(status, status === 204 ? withoutLength(kept) : kept);
}

/** Such an answer has no length (RFC 9110 §8.6), and clients of HTTP/2 break it off. */
function withoutLength(headers: string[]): string[] {
  const at = headers.findIndex((text, index) => index % 2 === 0 && text === "content-length");
  if (at !== -1) headers.splice(at, 2);
  return headers;
}

function ignore(): void {}
