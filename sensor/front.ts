import { createServer, type Server, type Socket } from "node:net";
import type { Logger } from "#lib/log.ts";
import type { Admission, Excess } from "#sensor/admission.ts";
import { unwrapAddress } from "#sensor/connection.ts";
import type { TrafficPort } from "#sensor/messages.ts";
import type { Delivery } from "#sensor/workers.ts";

export type FrontOptions = {
  admission: Admission;
  /** Takes an admitted connection over. */
  give: (delivery: Delivery) => void;
  onLimit: (limit: Excess) => void;
  log: Logger;
};

/**
 * The two traffic ports: counts who comes and closes what is over a limit before a byte is read, so that a flood costs the
 * workers nothing. A connection stays paused until the worker has it (`pauseOnConnect`): no byte may be read here.
 */
export function createFront({ admission, give, onLimit, log }: FrontOptions): Record<TrafficPort, Server> {
  const excesses = new Map<Excess, { count: number; address: string }>();
  return { http: listener("http"), https: listener("https") };

  function listener(port: TrafficPort): Server {
    const server = createServer({ pauseOnConnect: true, noDelay: true, keepAlive: true });
    // A system short of memory for one more connection (accept(2): ENOBUFS, ENOMEM) must not end those that are there.
    server.once("listening", () => server.on("error", (failure) => log.warn({ err: failure, port }, "a connection could not be accepted")));
    server.on("connection", (socket) => {
      socket.on("error", () => socket.destroy());
      const address = unwrapAddress(socket.remoteAddress ?? "");
      const excess = address === "" ? null : admission.take(address, port);
      if (address === "") socket.destroy();
      else if (excess === null) give({ port, socket, address });
      else turnAway(socket, excess, address);
    });
    return server;
  }

  /** A reset costs this machine no waiting for the other side. Said once a second: a flood must not become one of lines. */
  function turnAway(socket: Socket, excess: Excess, address: string): void {
    socket.resetAndDestroy();
    onLimit(excess);
    const before = excesses.get(excess);
    excesses.set(excess, { count: (before?.count ?? 0) + 1, address });
    if (before === undefined) setTimeout(report, 1_000, excess).unref();
  }

  function report(excess: Excess): void {
    log.warn({ limit: excess, ...excesses.get(excess) }, "connections over a limit were closed");
    excesses.delete(excess);
  }
}
