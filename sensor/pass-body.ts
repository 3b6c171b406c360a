import type { IncomingMessage, ServerResponse } from "node:http";
import type { Silence } from "#sensor/silence.ts";

/**
 * Passes the origin's body on with back-pressure. `reading` counts the origin's silence, but not while it is not being read
 * because the client is slow; that time is counted by `taking`.
 */
export function passBody(
  from: IncomingMessage,
  response: ServerResponse,
  { reading, taking }: { reading: Silence; taking: Silence },
): void {
  let hasBody = false;
  from.on("data", () => {
    hasBody = true;
    reading.restart();
  });
  from.on("pause", () => {
    reading.pause();
    taking.restart();
  });
  from.on("resume", () => {
    taking.pause();
    if (!from.complete) reading.restart();
  });
  from.once("end", () => {
    reading.stop();
    taking.restart();
  });
  from.pipe(response);
  // A head whose body is long in coming (server-sent events) goes at once; else it shares the first packet.
  setImmediate(() => {
    if (!hasBody && !response.writableEnded && !response.destroyed) response.flushHeaders();
  });
}
