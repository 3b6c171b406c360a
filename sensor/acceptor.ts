import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { AppError } from "#lib/app-error.ts";
import type { Logger } from "#lib/log.ts";
import { unwrapAddress } from "#sensor/connection.ts";
import { portUnusable } from "#sensor/listen.ts";
import type { Arrival, Judgement, Ports, TrafficPort } from "#sensor/messages.ts";

export type AcceptorOptions = {
  ports: Ports;
  /** Asks the primary about connections; its answer goes to `judge`. Not called again before that. */
  ask: (arrivals: readonly Arrival[]) => void;
  /** Takes over a connection that was let in. */
  take: (port: TrafficPort, socket: Socket, address: string) => void;
  /** A connection from this address was let in and is over without having been taken. */
  onClosed: (address: string) => void;
  log: Logger;
};

export type Acceptor = {
  /** Accepts what comes to a port; `handle` is the primary's bound socket. Rejects with AppError `port.unusable`. */
  listen(port: TrafficPort, handle: unknown): Promise<void>;
  /** Whether it accepts on both ports. */
  isListening(): boolean;
  /** Accepts nothing until it is told to listen again; what came before goes on. */
  rest(): void;
  /** The answer to the last question, in its order. */
  judge(judgements: readonly Judgement[]): void;
  /** Never accepts again, and ends what waits for an answer. */
  leave(): void;
};

type Waiting = { port: TrafficPort; socket: Socket; address: string };

/** So many in one question; the rest wait for the next, so that a message has a bound. */
const mostAsked = 256;
/** A primary that does not answer must not make a worker hold what nobody has counted: more wait in the system's queue. */
const mostWaiting = 1_024;
const backlog = 4_096;
const variables = { http: "SENSOR_HTTP_PORT", https: "SENSOR_HTTPS_PORT" } as const;

/**
 * A worker's side of the two traffic ports. It accepts, and reads no byte before the primary, which counts for all workers,
 * has let the connection in. While an answer is under way further arrivals gather: the busier, the fewer messages for each.
 */
export function createAcceptor({ ports, ask, take, onClosed, log }: AcceptorOptions): Acceptor {
  const servers = new Map<TrafficPort, Server>();
  let waiting: Waiting[] = [];
  let asked: Waiting[] = [];
  let isLeaving = false;
  const isListening = () => servers.get("http")?.listening === true && servers.get("https")?.listening === true;

  return { listen, isListening, rest, judge, leave };

  async function listen(port: TrafficPort, handle: unknown): Promise<void> {
    if (!isHandle(handle)) throw new AppError("port.unusable", `The ${port} port did not reach the worker.`);
    if (isLeaving || servers.has(port)) return handle.close();
    const server = createServer({ pauseOnConnect: true, noDelay: true, keepAlive: true }, (socket) => arrive(port, socket));
    const variable = variables[port];
    servers.set(port, server);
    try {
      server.listen(handle, backlog);
      // One that rests before it listens says so with its end alone.
      await Promise.race([once(server, "listening"), once(server, "close")]);
    } catch (failure) {
      if (servers.get(port) === server) servers.delete(port);
      throw portUnusable({ port: ports[variable], host: undefined, variable }, failure);
    }
    if (servers.get(port) !== server) return;
    server.on("error", (failure) => {
      // A system short of memory or descriptors for one more (accept(2)) must not end those that are there. The primary sees
      // that nobody listens here and sends the port again within a second: trying at once would only spin.
      log.warn({ err: failure, port }, "a connection could not be accepted");
      rest();
    });
    if (isBoundTo(server, ports[variable])) return;
    rest();
    throw new AppError("port.unusable", `The ${port} port reached the worker without its number.`);
  }

  function rest(): void {
    for (const server of servers.values()) server.close();
    servers.clear();
  }

  function arrive(port: TrafficPort, socket: Socket): void {
    // An error with no listener ends the process.
    socket.on("error", () => socket.destroy());
    const address = unwrapAddress(socket.remoteAddress ?? "");
    if (address === "") return void socket.destroy();
    waiting.push({ port, socket, address });
    if (asked.length === 0) askNext();
    else if (waiting.length >= mostWaiting) rest();
  }

  function askNext(): void {
    asked = waiting.slice(0, mostAsked);
    waiting = waiting.slice(mostAsked);
    if (asked.length > 0) ask(asked.map(({ port, address }) => [port, address]));
  }

  /** A reset costs this machine no waiting for the other side; a judgement that is missing lets nobody in. */
  function judge(judgements: readonly Judgement[]): void {
    const judged = asked;
    askNext();
    for (const [at, { port, socket, address }] of judged.entries()) {
      if (judgements[at] !== null) socket.resetAndDestroy();
      else if (socket.destroyed) onClosed(address);
      else {
        take(port, socket, address);
        // What paused it when it came, so that no byte was read, ends here.
        socket.resume();
      }
    }
  }

  function leave(): void {
    isLeaving = true;
    rest();
    for (const { socket } of [...asked, ...waiting]) socket.destroy();
    waiting = [];
  }
}

function isHandle(handle: unknown): handle is { close(): void } {
  return typeof handle === "object" && handle !== null && "close" in handle;
}

/** Whoever listens with an unbound socket gets any free port from the system, and nobody would come. */
function isBoundTo(server: Server, port: number): boolean {
  return (server.address() as AddressInfo | null)?.port === port;
}
