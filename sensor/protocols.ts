import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer as createHttp2, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Limits } from "#lib/limits.ts";
import { compactBody } from "#sensor/compact-body.ts";
import type { Closable } from "#sensor/connection.ts";
import type { Deadlines } from "#sensor/deadlines.ts";
import type { Gate } from "#sensor/gate.ts";
import { createHttp1Server } from "#sensor/http1-server.ts";
import { markOf } from "#sensor/marked-socket.ts";
import { StreamRequest } from "#sensor/stream-request.ts";

/** The two servers that read requests off judged connections; they never listen and serve all sites of the process. */
export type Protocols = {
  /** Hands a TLS connection over to the protocol its handshake chose (RFC 7301). */
  take(socket: TLSSocket): void;
};

export type ProtocolsOptions = { gate: Gate; deadlines: Deadlines; limits: Limits; onLimit: (limit: "resets") => void };

export function createProtocols({ gate, deadlines, limits, onLimit }: ProtocolsOptions): Protocols {
  const http1 = createHttp1Server({ deadlines, limits });
  const http2 = createHttp2Server(limits);
  gate.guard(http1);
  gate.guardHttp2(http2);
  http2.on("session", (session) => {
    takeSession(session);
    countResets(session, limits.resets * 5, () => onLimit("resets"));
  });
  return {
    take(socket) {
      (socket.alpnProtocol === "h2" ? http2 : http1).emit("connection", socket);
    },
  };
}

function createHttp2Server({ streams, headers, headerBytes, resets }: Limits): Http2Server {
  unsubscribe(streamCreated, compact);
  subscribe(streamCreated, compact);
  return createHttp2({
    Http2ServerRequest: StreamRequest,
    // Over these Node resets the stream without a word; up to them the request is read and answered with 431.
    settings: { maxConcurrentStreams: streams, maxHeaderListSize: headerBytes * 2, enableConnectProtocol: false },
    maxHeaderListPairs: headers + mostCookies,
    maxSessionInvalidFrames: 50,
    maxSessionRejectedStreams: 50,
    // Rapid reset (CVE-2023-44487): opening streams only to cancel them ends the connection.
    streamResetBurst: resets * 5,
    streamResetRate: resets,
  });
}

/** Before Node's own event the first parts of a body have come already. */
const streamCreated = "http2.server.stream.created";

function compact(message: unknown): void {
  compactBody((message as { stream: ServerHttp2Stream }).stream);
}

/** Each may come as a field of its own, and browsers keep up to 180 of one site. */
const mostCookies = 200;

/** A session without a judged socket is none. From here on the connection says goodbye with GOAWAY (RFC 9113 §6.8). */
function takeSession(session: ServerHttp2Session): void {
  const { socket } = session;
  const mark = markOf(socket);
  if (mark === undefined) {
    session.destroy();
    return;
  }
  const isRefused = mark.identity !== null && mark.identity.verdict !== "CLIENT_CERT_VERIFIED";
  mark.connection.secure(closableOf(session), { isRefused });
  if (isRefused) session.settings({ maxConcurrentStreams: 1 });
}

/** nghttp2 ends a session that cancels too much with an error like any other: who cancelled so many was over the limit. */
function countResets(session: ServerHttp2Session, burst: number, onOver: () => void): void {
  let cancelled = 0;
  session.on("stream", (stream) => stream.once("aborted", () => (cancelled += 1)));
  session.once("error", () => {
    if (cancelled >= burst) onOver();
  });
}

/**
 * Bytes tell nothing about an HTTP/2 head, since pings and window updates come at any time: none are counted as read. Frames
 * that wait count as unsent: after a write that failed Node neither writes nor reads any more and never notices the end.
 */
function closableOf(session: ServerHttp2Session): Closable {
  const { socket } = session;
  return {
    end: () => session.close(),
    isTelling: true,
    bytesRead: 0,
    get bytesWritten() {
      return session.destroyed ? 0 : socket.bytesWritten;
    },
    get writableLength() {
      return session.destroyed ? 0 : socket.writableLength + (session.state.outboundQueueSize ?? 0);
    },
  };
}
