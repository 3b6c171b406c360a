import { createServer, type Server } from "node:http";
import type { Limits } from "#lib/limits.ts";
import type { Deadlines } from "#sensor/deadlines.ts";

/**
 * An HTTP/1.1 server that never listens: it is fed by `emit("connection")`, so the connection's own deadlines count, not
 * Node's, which run for listening servers alone.
 */
export function createHttp1Server({ deadlines, limits }: { deadlines: Deadlines; limits: Limits }): Server {
  const server = createServer({
    keepAliveTimeout: deadlines.idleMs,
    maxHeaderSize: limits.headerBytes,
    // Another upgrade than WebSocket (h2c, TLS) is an offer nobody has to take (RFC 9110 §7.8).
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === "websocket",
  });
  // Node drops what is over this without a word; one more than allowed shows that there were too many.
  server.maxHeadersCount = limits.headers + 1;
  return server;
}
