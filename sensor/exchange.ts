import { randomUUID } from "node:crypto";
import { type IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Duplex } from "node:stream";
import type { Connection, Running } from "#sensor/connection.ts";

/** One request and the way its answer takes, the same for every event a server emits requests by. */
export type Exchange = {
  readonly requestId: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly kind: "request" | "continue" | "expectation" | "upgrade" | "connect";
  /** Only of `upgrade` and `connect`: the bare stream and what was read past the head. */
  readonly socket: Duplex | null;
  readonly head: Buffer;
};

/** The types differ, the compatibility API answers the same calls: this is the one place that says so. */
export function compatible(request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) {
  return { request: request as IncomingMessage, response: response as ServerResponse };
}

export function createExchange(request: IncomingMessage, response: ServerResponse, kind: Exchange["kind"]): Exchange {
  return { requestId: randomUUID(), request, response, kind, socket: null, head: Buffer.alloc(0) };
}

/** For `upgrade` and `connect`, where Node hands out the socket alone: a response that can still refuse. */
export function createSocketExchange(request: IncomingMessage, socket: Duplex, head: Buffer, kind: "upgrade" | "connect"): Exchange {
  // Node has taken its own listeners off: without one an error of the socket would end the process.
  socket.on("error", () => socket.destroy());
  return { requestId: randomUUID(), request, response: new ServerResponse(request), kind, socket, head };
}

/** Whether the client has gone while something was awaited. */
export function isGone(exchange: Exchange): boolean {
  return exchange.socket === null ? exchange.response.destroyed || exchange.request.destroyed : exchange.socket.destroyed;
}

/**
 * Counts the exchange as running on its connection until its answer or stream is over. Null when the connection takes no
 * new request: then nothing is answered, and the client repeats it on a new connection.
 */
export function begin(exchange: Exchange, connection: Connection, siteId: string): Running | null {
  const { request, response, socket } = exchange;
  if (socket !== null && connection.isBusy) {
    // Pipelined behind a request whose answer still has the socket (RFC 9112 §9.3.2): a second writer would throw.
    socket.destroy();
    return null;
  }
  const stream = socket ?? response;
  const running = connection.begin({
    siteId,
    kind: exchange.kind === "upgrade" ? "websocket" : "request",
    cut: () => (socket ?? request.socket).destroy(),
    askToClose: () => {
      // Before the head is written this says `Connection: close`; afterwards the connection ends behind the answer.
      if (!response.headersSent) response.shouldKeepAlive = false;
    },
  });
  if (running !== null) stream.once("close", () => running.end());
  return running;
}
