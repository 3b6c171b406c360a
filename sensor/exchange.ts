import { randomUUID } from "node:crypto";
import { type IncomingMessage, ServerResponse } from "node:http";
import { constants, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { compactBody } from "#sensor/compact-body.ts";
import type { Connection, Running } from "#sensor/connection.ts";
import { breakOff } from "#sensor/hang-up.ts";

/** One request and the way its answer takes, the same for every event a server emits requests by. */
export type Exchange = {
  readonly requestId: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly kind: "request" | "continue" | "expectation" | "upgrade" | "connect";
  /** Only of HTTP/1.1's `upgrade` and `connect`: the bare stream and what was read past the head. */
  readonly socket: Duplex | null;
  readonly head: Buffer;
  /** Only of HTTP/2. */
  readonly stream: ServerHttp2Stream | null;
};

const nothing = Buffer.alloc(0);

export function createExchange(request: IncomingMessage, response: ServerResponse, kind: Exchange["kind"]): Exchange {
  if (hasBody(request)) compactBody(request);
  return { requestId: randomUUID(), request, response, kind, socket: null, head: nothing, stream: null };
}

/** Only these two announce one (RFC 9112 §6.3). */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
}

/** HTTP/2's compatibility API answers the calls HTTP/1.1's classes do; this is the one place that says so to the types. */
export function createStreamExchange(request: Http2ServerRequest, response: Http2ServerResponse, kind: Exchange["kind"]): Exchange {
  const { stream } = request;
  // Node's response to HEAD does not tell of a stream that closes before it was answered.
  if (request.method === "HEAD") stream.once("close", () => response.emit("close"));
  // A reset that names no error leaves what waits to be sent, and with it the stream, for ever.
  stream.once("aborted", () => {
    if (stream.rstCode === constants.NGHTTP2_NO_ERROR) stream.destroy();
  });
  const compatible = { request: request as unknown as IncomingMessage, response: response as unknown as ServerResponse };
  return { requestId: randomUUID(), ...compatible, kind, socket: null, head: nothing, stream };
}

/** For `upgrade` and `connect`, where Node hands out the socket alone: a response that can still refuse. */
export function createSocketExchange(request: IncomingMessage, socket: Duplex, head: Buffer, kind: "upgrade" | "connect"): Exchange {
  // Node has taken its own listeners off: without one an error of the socket would end the process.
  socket.on("error", () => socket.destroy());
  return { requestId: randomUUID(), request, response: new ServerResponse(request), kind, socket, head, stream: null };
}

/** Whether the client has gone while something was awaited. */
export function isGone({ request, response, socket, stream }: Exchange): boolean {
  if (stream !== null) return stream.destroyed;
  return socket === null ? response.destroyed || request.destroyed : socket.destroyed;
}

/** Breaks the exchange off: the connection on HTTP/1.1, the one stream on HTTP/2. */
export function cut({ request, socket, stream }: Exchange): void {
  if (stream !== null) breakOff(stream, constants.NGHTTP2_CANCEL);
  else (socket ?? request.socket).destroy();
}

/**
 * Counts the exchange as running on its connection until its answer or stream is over. Null when the connection takes no
 * new request: then nothing is answered, and the client repeats it on a new connection. What is over a limit says so.
 */
export function begin(exchange: Exchange, connection: Connection, siteId: string): Running | null {
  const { response, socket, stream } = exchange;
  if (socket !== null && connection.isBusy) {
    // Pipelined behind a request whose answer still has the socket (RFC 9112 §9.3.2): a second writer would throw.
    socket.destroy();
    return null;
  }
  const kind = exchange.kind === "upgrade" ? "websocket" : "request";
  const running = connection.begin({ siteId, kind, cut: () => cut(exchange), askToClose: () => askToClose(exchange) });
  // Says that nothing was done with it, so that the client may repeat it (RFC 9113 §8.7).
  if (running === null) stream?.close(constants.NGHTTP2_REFUSED_STREAM);
  else (socket ?? response).once("close", () => running.end());
  return running;
}

/** Before the head is written `Connection: close` says it; afterwards the connection ends behind the answer. */
function askToClose({ response, stream }: Exchange): boolean {
  if (stream !== null) stream.session?.close();
  else if (response.headersSent) return false;
  else response.shouldKeepAlive = false;
  return true;
}
