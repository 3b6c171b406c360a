import { createServer as createHttp1, type Server as Http1Server } from "node:http";
import { createServer as createHttp2, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Closable } from "#sensor/connection.ts";
import type { Deadlines } from "#sensor/deadlines.ts";
import type { Gate } from "#sensor/gate.ts";
import { markOf } from "#sensor/marked-socket.ts";
import { StreamRequest } from "#sensor/stream-request.ts";

/** The two servers that read requests off judged connections; they never listen and serve all sites of the process. */
export type Protocols = {
  /** Hands a TLS connection over to the protocol its handshake chose (RFC 7301). */
  take(socket: TLSSocket): void;
};

export function createProtocols({ gate, deadlines }: { gate: Gate; deadlines: Deadlines }): Protocols {
  const http1 = createHttp1Server(deadlines);
  const http2 = createHttp2Server();
  gate.guard(http1);
  gate.guardHttp2(http2);
  http2.on("session", takeSession);
  return {
    take(socket) {
      (socket.alpnProtocol === "h2" ? http2 : http1).emit("connection", socket);
    },
  };
}

function createHttp1Server(deadlines: Deadlines): Http1Server {
  return createHttp1({
    keepAliveTimeout: deadlines.idleMs,
    maxHeaderSize: 16_384,
    // Another upgrade than WebSocket (h2c, TLS) is an offer nobody has to take (RFC 9110 §7.8).
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === "websocket",
  });
}

function createHttp2Server(): Http2Server {
  return createHttp2({
    Http2ServerRequest: StreamRequest,
    settings: { maxConcurrentStreams: 100, maxHeaderListSize: 16_384, enableConnectProtocol: false },
    maxHeaderListPairs: 100,
    maxSessionInvalidFrames: 50,
    maxSessionRejectedStreams: 50,
    // Rapid reset (CVE-2023-44487): opening streams only to cancel them ends the connection.
    streamResetBurst: 100,
    streamResetRate: 20,
  });
}

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

/**
 * Bytes tell nothing about an HTTP/2 head, since pings and window updates come at any time: none are counted as read. Frames
 * that wait count as unsent: after a write that failed Node neither writes nor reads any more and never notices the end.
 */
function closableOf(session: ServerHttp2Session): Closable {
  const { socket } = session;
  return {
    end: () => session.close(),
    bytesRead: 0,
    get bytesWritten() {
      return session.destroyed ? 0 : socket.bytesWritten;
    },
    get writableLength() {
      return session.destroyed ? 0 : socket.writableLength + (session.state.outboundQueueSize ?? 0);
    },
  };
}
