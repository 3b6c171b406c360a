import type { Socket } from "node:net";
import { type Connection, createConnection, type Running } from "#sensor/connection.ts";
import type { Cut, Deadlines } from "#sensor/deadlines.ts";

export type Connections = {
  accept(raw: Socket, first: "hello" | "head"): Connection;
  /** The connection a socket runs over, found by its TCP address pair; undefined once the peer is gone. */
  find(socket: Socket): Connection | undefined;
  /** A site's older connections take no new request; what runs for the site, on any port, is cut in time. */
  retire(siteId: string, cut: Cut): void;
  retireAll(cut: Cut): void;
  /** Closes what is past its deadline; called by a timer, or by a test with its own clock. */
  sweep(): void;
  count(): number;
  /** Resolves once no connection is left. */
  whenEmpty(): Promise<void>;
};

/** All connections of the process and what runs on them. `now` is a monotonic clock in milliseconds. */
export function createConnections(deadlines: Deadlines, now: () => number = () => performance.now()): Connections {
  const live = new Set<Connection>();
  const byAddress = new Map<string, Connection>();
  const runs = new Set<Running>();
  const waiting: (() => void)[] = [];

  return { accept, find, retire, retireAll, sweep, count: () => live.size, whenEmpty };

  function accept(raw: Socket, first: "hello" | "head"): Connection {
    const connection = createConnection(raw, first, { deadlines, now, runs });
    const pair = addressPair(raw);
    live.add(connection);
    byAddress.set(pair, connection);
    raw.once("close", () => {
      live.delete(connection);
      if (byAddress.get(pair) === connection) byAddress.delete(pair);
      if (live.size === 0) for (const resolve of waiting.splice(0)) resolve();
    });
    return connection;
  }

  function find(socket: Socket): Connection | undefined {
    return socket.remotePort === undefined ? undefined : byAddress.get(addressPair(socket));
  }

  function retire(siteId: string, cut: Cut): void {
    for (const connection of live) if (connection.siteId === siteId) connection.retire();
    limit(cut, (run) => run.siteId === siteId);
  }

  function retireAll(cut: Cut): void {
    for (const connection of live) connection.retire();
    limit(cut, () => true);
  }

  /** Two changes in a row: the earlier end stands. */
  function limit(cut: Cut, isMeant: (run: Running) => boolean): void {
    const at = now();
    for (const run of runs) {
      if (isMeant(run)) run.cutAt = Math.min(run.cutAt, at + (run.kind === "websocket" ? cut.webSocketMs : cut.requestMs));
    }
  }

  function sweep(): void {
    const at = now();
    for (const run of runs) if (at >= run.cutAt) run.cut();
    for (const connection of live) connection.sweep();
  }

  function whenEmpty(): Promise<void> {
    return live.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve));
  }
}

/** Unique among live TCP connections; a TLS socket tells the pair of the socket it runs over. */
function addressPair(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
}
