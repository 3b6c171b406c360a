import type { IncomingMessage, ServerResponse } from "node:http";
import { constants } from "node:http2";

/** Breaks an answer off, so that the client cannot take the part it has for the whole. */
export function reset(response: ServerResponse): void {
  const stream = "stream" in response ? response.stream : null;
  if (isHttp2Stream(stream)) breakOff(stream, constants.NGHTTP2_INTERNAL_ERROR);
  else response.destroy();
}

/**
 * Ends a stream at once and drops what waits to be sent. After `close` alone, with parts of an answer in the queue, Node 24
 * writes empty frames without end: the process stands still while its memory grows.
 */
export function breakOff(stream: Breakable, code: number): void {
  stream.close(code);
  stream.destroy();
}

type Breakable = { close(code: number): void; destroy(): void };

/** How long a client may go on sending a body nobody wants; closing at once would destroy the answer on its way. */
const drainMs = 2_000;

/** Reads and forgets the rest of a request, then closes its connection if the rest does not end soon. */
export function drain(request: IncomingMessage): void {
  request.unpipe();
  request.resume();
  if (request.complete || request.destroyed) return;
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy();
  }, drainMs);
  timer.unref();
  request.once("end", () => clearTimeout(timer));
  request.once("close", () => clearTimeout(timer));
}

function isHttp2Stream(stream: unknown): stream is Breakable {
  return typeof stream === "object" && stream !== null && "close" in stream;
}
