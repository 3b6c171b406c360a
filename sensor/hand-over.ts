import type { Logger } from "#lib/log.ts";
import type { Connection } from "#sensor/connection.ts";
import { cut, type Exchange, isGone } from "#sensor/exchange.ts";
import type { Forwarder } from "#sensor/forward.ts";
import type { Seen } from "#sensor/identity.ts";
import type { Outcome, Passage } from "#sensor/passage.ts";
import type { Recorder } from "#sensor/recorder.ts";
import type { Refuse } from "#sensor/refuse.ts";
import type { Opened, Revision } from "#sensor/revision.ts";

/** Gives an admitted exchange to the forwarder, with the origin's connections held until it is over. */
export type HandOver = (exchange: Exchange, way: Way) => void;

type Way = { revision: Revision; connection: Connection; seen: Seen | null; scheme: "http" | "https" };

export type HandOverOptions = {
  forwarder: Forwarder;
  refuse: Refuse;
  recorder: Recorder;
  log: Logger;
  /** Header fields a request may have, and bytes of them. */
  mostHeaders: number;
  mostHeaderBytes: number;
  /** Requests that may run at once on an HTTP/1.1 connection; HTTP/2 sees to that itself. */
  mostAtOnce: number;
  onLimit: (limit: "headers" | "headerBytes" | "streams") => void;
  /** The port clients dial for a scheme. */
  publicPort: (scheme: "http" | "https") => number;
  /** A revision whose keys cannot be opened after all. */
  onUnusable: (revision: Revision, failure: unknown) => void;
};

export function createHandOver(options: HandOverOptions): HandOver {
  const { forwarder, refuse, recorder, log, mostHeaders, mostHeaderBytes, mostAtOnce, onLimit, publicPort, onUnusable } = options;
  return (exchange, way) => {
    const { revision, connection, seen } = way;
    const at = { siteId: revision.siteId, revision: revision.number, connection, seen };
    if (exchange.stream === null && connection.load > mostAtOnce) {
      // Node hands out all that is pipelined at once, and each would have a connection to the origin (RFC 9112 §9.3.2).
      onLimit("streams");
      connection.retire();
      return cut(exchange);
    }
    const { count, bytes } = measureHead(exchange);
    const excess = count > mostHeaders ? "headers" : bytes > mostHeaderBytes ? "headerBytes" : null;
    if (excess !== null) {
      onLimit(excess);
      return refuse(exchange, { ...at, status: 431, reason: "The request's head is over a limit." });
    }
    if (exchange.kind === "expectation") return refuse(exchange, { ...at, status: 417, reason: "The request expects what nobody offers." });
    if (exchange.kind === "connect") return refuse(exchange, { ...at, status: 405, reason: "The method CONNECT is not served." });
    const release = revision.hold();
    (exchange.socket ?? exchange.response).once("close", release);
    if (revision.opened !== null) return forward(exchange, way, revision.opened);
    revision.open().then(
      (opened) => {
        if (!isGone(exchange)) forward(exchange, way, opened);
      },
      (failure: unknown) => {
        onUnusable(revision, failure);
        if (!isGone(exchange)) refuse(exchange, { ...at, status: 503, verdict: "CREDENTIALS_UNUSABLE" });
      },
    );
  };

  function forward(exchange: Exchange, way: Way, { upstream }: Opened): void {
    const { request, response, socket, head, requestId } = exchange;
    const { siteId, number, compiled } = way.revision;
    const startedAt = performance.now();
    const passage: Passage = {
      requestId,
      siteId,
      revision: number,
      compiled,
      upstream,
      scheme: way.scheme,
      clientAddress: way.connection.address,
      publicPort: publicPort(way.scheme),
      onDone: (outcome) => {
        recorder.done(exchange, { ...way, siteId, revision: number, startedAt }, outcome);
        report(way, passage, outcome);
      },
    };
    try {
      if (exchange.kind === "continue" && !announcesTooMuch(exchange, compiled.maxBodySizeBytes)) response.writeContinue();
      if (socket !== null) forwarder.upgrade(request, socket, head, passage);
      else forwarder.web(request, response, passage);
    } catch (failure) {
      // A fault of ours may cost this one request, never the process.
      log.error({ requestId, siteId, err: failure }, "forwarding failed");
      cut(exchange);
    }
  }

  function report({ connection }: Way, { requestId, siteId, revision }: Passage, outcome: Outcome): void {
    // The forwarder has said by now what went wrong, once.
    if (log.isLevelEnabled("debug")) log.debug({ requestId, siteId, revision, address: connection.address, ...outcome }, "request done");
  }
}

/**
 * A head's fields, without HTTP/2's pseudo-header fields and with its crumbs of one Cookie as the one they are (RFC 9113
 * §8.2.3), and its bytes as HTTP/1.1 writes them. Of HTTP/2 Node takes 64 KiB as long as a client does not acknowledge less.
 */
function measureHead({ request: { rawHeaders } }: Exchange): { count: number; bytes: number } {
  let count = 0;
  let crumbs = 0;
  let bytes = 0;
  for (let at = 0; at < rawHeaders.length; at += 1) {
    const text = rawHeaders[at] ?? "";
    bytes += text.length + 2;
    if (at % 2 !== 0 || text.startsWith(":")) continue;
    count += 1;
    if (text === "cookie") crumbs += 1;
  }
  return { count: count - Math.max(0, crumbs - 1), bytes };
}

/** `100 Continue` would invite a body that is refused by its announced length (RFC 9110 §10.1.1). */
function announcesTooMuch({ request }: Exchange, limit: number): boolean {
  return Number(request.headers["content-length"] ?? 0) > limit;
}
