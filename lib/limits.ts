/** How much strangers may use at once; what is over a limit is closed and counted. Sums over all workers, unless said otherwise. */
export type Limits = {
  /** Connections in all, both ports. */
  connections: number;
  /** Connections of one client address (IPv6: of one /64 network). */
  connectionsPerAddress: number;
  /** TLS handshakes begun per second by one client address; twice as many may come at once after a pause. */
  handshakesPerAddress: number;
  /** Connections of one site, so that a crowd at one door leaves the others open. */
  connectionsPerSite: number;
  /** Requests and WebSockets under way of one client address (IPv6: of one /64 network). */
  requestsPerAddress: number;
  /** Requests and WebSockets under way of one site. */
  requestsPerSite: number;
  /** Bytes held for ClientHellos that are not whole yet. */
  helloBytes: number;
  /** Bytes of one request's head. */
  headerBytes: number;
  /** Header fields of one request. */
  headers: number;
  /** Requests at once on one connection: streams of HTTP/2, a pipeline of HTTP/1.1. */
  streams: number;
  /** Streams per second that one HTTP/2 connection may cancel; five times as many may come at once. */
  resets: number;
};

/** How long a client may take, in milliseconds. */
export type Timeouts = {
  /** From TCP accept to a whole ClientHello, and from there to the end of the handshake. */
  helloMs: number;
  /** For a request's head. */
  headMs: number;
  /** Between two requests of a kept connection. */
  idleMs: number;
  /** For what runs when the sensor is asked to stop. */
  drainMs: number;
  /** After which what was read of a site that nobody asks for is let go. */
  unusedSiteMs: number;
};

/** A whole number in the environment: its variable, what it is without one, and what is allowed. */
export type Setting = { variable: string; otherwise: number; least: number; most: number };

export const limitSettings: Record<keyof Limits, Setting> = {
  connections: { variable: "SENSOR_MAX_CONNECTIONS", otherwise: 20_000, least: 1, most: 1_000_000 },
  connectionsPerAddress: { variable: "SENSOR_MAX_CONNECTIONS_PER_ADDRESS", otherwise: 1_000, least: 1, most: 1_000_000 },
  handshakesPerAddress: { variable: "SENSOR_MAX_HANDSHAKES_PER_ADDRESS", otherwise: 200, least: 1, most: 1_000_000 },
  connectionsPerSite: { variable: "SENSOR_MAX_CONNECTIONS_PER_SITE", otherwise: 10_000, least: 1, most: 1_000_000 },
  requestsPerAddress: { variable: "SENSOR_MAX_REQUESTS_PER_ADDRESS", otherwise: 1_000, least: 1, most: 1_000_000 },
  requestsPerSite: { variable: "SENSOR_MAX_REQUESTS_PER_SITE", otherwise: 5_000, least: 1, most: 1_000_000 },
  helloBytes: { variable: "SENSOR_MAX_HELLO_BYTES", otherwise: 16_777_216, least: 1_048_576, most: 1_073_741_824 },
  headerBytes: { variable: "SENSOR_MAX_HEADER_BYTES", otherwise: 16_384, least: 1_024, most: 65_536 },
  headers: { variable: "SENSOR_MAX_HEADERS", otherwise: 100, least: 10, most: 1_000 },
  streams: { variable: "SENSOR_MAX_STREAMS", otherwise: 100, least: 1, most: 1_000 },
  resets: { variable: "SENSOR_MAX_RESETS", otherwise: 20, least: 1, most: 10_000 },
};

/** In seconds, as admins write them. */
export const timeoutSettings: Record<keyof Timeouts, Setting> = {
  helloMs: { variable: "SENSOR_HELLO_TIMEOUT", otherwise: 10, least: 1, most: 3_600 },
  headMs: { variable: "SENSOR_HEAD_TIMEOUT", otherwise: 15, least: 1, most: 3_600 },
  idleMs: { variable: "SENSOR_IDLE_TIMEOUT", otherwise: 75, least: 1, most: 3_600 },
  drainMs: { variable: "SENSOR_DRAIN_TIMEOUT", otherwise: 20, least: 1, most: 3_600 },
  unusedSiteMs: { variable: "SENSOR_UNUSED_SITE_TIMEOUT", otherwise: 600, least: 1, most: 86_400 },
};

/**
 * One worker's part of what is counted where only workers can see it: connections are spread evenly over them. However many
 * workers there are, one connection has room for its streams, and hellos for a few of the largest.
 */
export function shareOf(whole: Limits, workers: number): Limits {
  const part = (sum: number, atLeast = 0) => Math.min(sum, Math.max(Math.ceil(sum / workers), atLeast));
  return {
    ...whole,
    connectionsPerSite: part(whole.connectionsPerSite),
    requestsPerAddress: part(whole.requestsPerAddress, whole.streams),
    requestsPerSite: part(whole.requestsPerSite, whole.streams),
    helloBytes: part(whole.helloBytes, limitSettings.helloBytes.least),
  };
}
