import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Limits } from "#lib/limits.ts";
import type { Logger } from "#lib/log.ts";
import { answerBadRequest } from "#sensor/bad-request.ts";
import type { Connections } from "#sensor/connections.ts";
import type { Deadlines } from "#sensor/deadlines.ts";
import type { Directory, LoadedEntry } from "#sensor/directory.ts";
import { begin, createExchange, createSocketExchange, cut, type Exchange, isGone } from "#sensor/exchange.ts";
import type { HandOver } from "#sensor/hand-over.ts";
import { createHttp1Server } from "#sensor/http1-server.ts";
import type { Recorder } from "#sensor/recorder.ts";
import type { Refuse } from "#sensor/refuse.ts";
import { requestedNames, requestedSite } from "#sensor/requested-names.ts";
import type { TurnAway } from "#sensor/turn-away.ts";

export type PlainHttpOptions = {
  directory: Directory;
  /** Reads a site that nobody has asked for before. */
  load: (siteId: string) => Promise<LoadedEntry | null>;
  connections: Connections;
  handOver: HandOver;
  refuse: Refuse;
  turnAway: TurnAway;
  recorder: Recorder;
  deadlines: Deadlines;
  limits: Limits;
  onLimit: (limit: "headers" | "headerBytes" | "connectionsPerSite") => void;
  log: Logger;
  /** The port in redirects to HTTPS. */
  publicHttpsPort: () => number;
};

/** Takes a connection of the HTTP port over; `address` is the client's. */
export type PlainHttp = (socket: Socket, address: string) => void;

/** The HTTP port: redirects, forwards what may travel in the clear, and never a request of a site with mTLS. */
export function createPlainHttp(options: PlainHttpOptions): PlainHttp {
  const { directory, load, connections, handOver, refuse, turnAway, log, onLimit } = options;
  const server = createHttp1Server(options);
  const plain = (kind: "request" | "continue" | "expectation") => (request: IncomingMessage, response: ServerResponse) =>
    take(request, () => createExchange(request, response, kind));
  const bare = (kind: "upgrade" | "connect") => (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    take(request, () => createSocketExchange(request, socket, head, kind));
  server.on("request", plain("request"));
  server.on("checkContinue", plain("continue"));
  server.on("checkExpectation", plain("expectation"));
  server.on("upgrade", bare("upgrade"));
  server.on("connect", bare("connect"));
  server.on("clientError", (failure, socket) => answerBadRequest(failure, socket as Socket, connections.find(socket as Socket), options));
  return (socket, address) => {
    socket.on("error", () => socket.destroy());
    // As an HTTP server's own sockets: a client that has said all may still read its answer.
    socket.allowHalfOpen = true;
    connections.accept(socket, "head", address);
    server.emit("connection", socket);
  };

  function take(request: IncomingMessage, create: () => Exchange): void {
    const connection = connections.find(request.socket);
    if (connection === undefined) {
      request.socket.destroy();
      return;
    }
    const exchange = create();
    const names = requestedNames(request, "http");
    const siteId = names === "duplicate" ? null : requestedSite(names, (name) => directory.find(name)?.siteId ?? null);
    const entry = siteId === null ? undefined : directory.get(siteId);
    const isFull = siteId !== null && connection.siteId === null && !connections.assign(connection, siteId);
    if (isFull) onLimit("connectionsPerSite");
    const running = begin(exchange, connection, siteId ?? "");
    if (running === null) return;
    const [name] = names;
    const at = { siteId, connection, running };
    if (running.excess !== null) turnAway(exchange, running.excess, at);
    else if (names === "duplicate") refuse(exchange, { ...at, status: 400, reason: "The request gives several hosts." });
    else if (!directory.isLoaded) refuse(exchange, { ...at, status: 503, reason: "The sites are not read yet." });
    else if (isFull) refuse(exchange, { ...at, status: 503, reason: "The site has as many connections as it may." });
    else if (entry === undefined || typeof name !== "string") refuse(exchange, { ...at, status: 404, reason: "No site has this name." });
    else if (entry.state.kind !== "unread") decide(exchange, at, { ...entry, state: entry.state }, name);
    else
      load(entry.siteId).then(
        (read) => {
          if (read !== null && !isGone(exchange)) decide(exchange, at, read, name);
          else cut(exchange);
        },
        (failure: unknown) => {
          log.error({ err: failure, siteId }, "reading a site failed");
          cut(exchange);
        },
      );
  }

  function decide(
    exchange: Exchange,
    at: Pick<Parameters<Refuse>[1], "connection" | "running">,
    { state, siteId }: LoadedEntry,
    name: string,
  ): void {
    const { connection } = at;
    const refuseWith = (status: number, about: Partial<Parameters<Refuse>[1]>) => {
      log.info({ requestId: exchange.requestId, siteId, status, address: connection.address }, "request refused");
      refuse(exchange, { ...at, siteId, status, ...about });
    };
    if (state.kind === "closed") {
      refuseWith(503, { verdict: "CREDENTIALS_UNUSABLE" });
      return;
    }
    const { compiled } = state.revision;
    if (compiled.tls !== null && compiled.isHttpRedirected) {
      refuseWith(301, {
        headers: { location: `https://${authority(name, options.publicHttpsPort())}${pathOf(exchange.request.url ?? "/")}` },
      });
    } else if (compiled.downstream !== null || compiled.upstream !== null) {
      refuseWith(403, { reason: "The site has mTLS, and the request came over plain HTTP." });
    } else {
      handOver(exchange, { revision: state.revision, connection, seen: null, scheme: "http" });
    }
  }
}

function authority(name: string, port: number): string {
  return port === 443 ? name : `${name}:${port}`;
}

/** Byte for byte, an absolute URI without its authority; the host in front is always one of the site's own names. */
function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "");
  return path.startsWith("/") ? path : `/${path === "*" ? "" : path}`;
}
