import { constants } from "node:crypto";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { ConsoleCertificate } from "#lib/console/certificate.ts";

/** How much of what and for how long one client may keep the console busy, in milliseconds and bytes. */
export type Limits = {
  handshakeMs: number;
  /** For a request's head, from the connection or from its first byte on a kept one. */
  headMs: number;
  /** For a whole request. */
  requestMs: number;
  /** Between two requests of a kept connection. */
  keptMs: number;
  /** For a client that neither sends nor takes anything. */
  silenceMs: number;
  /** How often the first two are looked at. */
  sweepMs: number;
  connections: number;
  /** What a request announces beyond it is not read. A save carries at most 2 MB (next.config.js). */
  largestBody: number;
};

export const limits: Limits = {
  handshakeMs: 10_000,
  headMs: 15_000,
  requestMs: 60_000,
  keptMs: 5_000,
  silenceMs: 120_000,
  sweepMs: 1_000,
  connections: 1_000,
  largestBody: 4_194_304,
};

/** The server that browsers connect to, not listening yet: HTTPS with a certificate, which may be renewed, else HTTP. */
export type Listener = { server: Server; renew(certificate: ConsoleCertificate): void };

/** An http or https server that keeps to `limits`. */
export function createListener(certificate: ConsoleCertificate | undefined, limits: Limits): Listener {
  const options = {
    headersTimeout: limits.headMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keptMs,
    connectionsCheckingInterval: limits.sweepMs,
  };
  if (certificate === undefined) return { server: restrict(createServer(options), limits), renew: () => {} };
  const server = createSecureServer({ ...options, handshakeTimeout: limits.handshakeMs, ...tlsOptions(certificate) });
  return { server: restrict(server, limits), renew: (renewed) => server.setSecureContext(tlsOptions(renewed)) };
}

function restrict<Kind extends Server>(server: Kind, limits: Limits): Kind {
  server.timeout = limits.silenceMs;
  // Node drops what is beyond the count in silence, a Transfer-Encoding for one; the head's 16 KiB are bound enough.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connections;
  return server;
}

function tlsOptions({ cert, key }: ConsoleCertificate) {
  return { cert, key, minVersion: "TLSv1.2" as const, secureOptions: constants.SSL_OP_NO_RENEGOTIATION };
}
