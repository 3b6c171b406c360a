import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "#lib/log.ts";

/**
 * Our actions never throw (`defineAction`), so that a server action which Next answers with 500 was sent a body that Next
 * could not read, of which it says nothing. That is the sender's fault: 400, and one line that repeats nothing of the body.
 * It bears the sender's address, by which the log caps what strangers bring about as often as they like.
 */
export function blameSender(request: IncomingMessage, response: ServerResponse, log: Logger): void {
  const action = request.headers["next-action"];
  if (request.method !== "POST" || typeof action !== "string") return;
  const writeHead = response.writeHead.bind(response);
  // Node itself comes through here for an answer whose head is not written by hand.
  response.writeHead = (status: number, ...rest: unknown[]) => {
    if (status !== 500) return asWritten(writeHead, status, rest);
    const known = /^[0-9a-f]{1,64}$/.test(action) ? action : "unknown";
    log.warn({ action: known, address: request.headers["x-forwarded-for"] }, "a server action was sent a body that cannot be read");
    response.statusCode = 400;
    return asWritten(writeHead, 400, rest);
  };
}

/** Passes on the arguments that the caller gave, in whichever of Node's forms. */
function asWritten(writeHead: ServerResponse["writeHead"], status: number, rest: unknown[]): ServerResponse {
  return Reflect.apply(writeHead, undefined, [status, ...rest]);
}
