import type { Socket } from "node:net";
import type { Limits } from "#lib/limits.ts";
import { type Connection, createConnection, type Deadline, type Running, unwrapAddress } from "#sensor/connection.ts";
import type { Cut, Deadlines } from "#sensor/deadlines.ts";
import { createRuns, type RunExcess } from "#sensor/runs.ts";

export type Connections = {
  /** `address` is the client's as it was when it connected. */
  accept(raw: Socket, first: "hello" | "head", address?: string): Connection;
  /** Makes the connection the site's; false when the site has as many as it may. */
  assign(connection: Connection, siteId: string): boolean;
  /** The connection a socket runs over, found by its TCP address pair; undefined once the peer is gone. */
  find(socket: Socket): Connection | undefined;
  /** Whether the site has any. */
  isOpen(siteId: string): boolean;
  /** A site's older connections take no new request, or one more; what runs for the site, on any port, is cut in time. */
  retire(siteId: string, cut: Cut): void;
  retireAll(cut: Cut): void;
  /** Closes what is past its deadline; called by a timer, or by a test with its own clock. */
  sweep(): void;
  count(): number;
  /** Requests and WebSockets that run on them. */
  load(): number;
  /** Resolves once no connection is left. */
  whenEmpty(): Promise<void>;
};

export type ConnectionsOptions = {
  deadlines: Deadlines;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
  limits?: Pick<Limits, "connectionsPerSite" | RunExcess>;
  onLate?: (deadline: Deadline) => void;
  /** A connection from this address is over. */
  onClosed?: (address: string) => void;
};

/** All connections of the process and what runs on them. */
export function createConnections(options: ConnectionsOptions): Connections {
  const { deadlines, now = () => performance.now(), limits = boundless } = options;
  const { onLate = () => {}, onClosed = () => {} } = options;
  const live = new Set<Connection>();
  const perSite = new Map<string, number>();
  const byAddress = new Map<string, Connection>();
  const runs = createRuns(limits);
  const waiting: (() => void)[] = [];

  return {
    accept,
    assign,
    find,
    isOpen: (siteId) => perSite.has(siteId),
    retire,
    retireAll,
    sweep,
    count: () => live.size,
    load: runs.count,
    whenEmpty,
  };

  function accept(raw: Socket, first: "hello" | "head", address = unwrapAddress(raw.remoteAddress ?? "")): Connection {
    const connection = createConnection(raw, first, { address, deadlines, now, runs, onLate });
    const pair = addressPair(raw);
    live.add(connection);
    byAddress.set(pair, connection);
    raw.once("close", () => {
      live.delete(connection);
      if (byAddress.get(pair) === connection) byAddress.delete(pair);
      if (connection.siteId !== null) leave(connection.siteId);
      onClosed(address);
      if (live.size === 0) for (const resolve of waiting.splice(0)) resolve();
    });
    return connection;
  }

  function assign(connection: Connection, siteId: string): boolean {
    const count = perSite.get(siteId) ?? 0;
    if (count >= limits.connectionsPerSite) return false;
    perSite.set(siteId, count + 1);
    connection.assign(siteId);
    return true;
  }

  function leave(siteId: string): void {
    const left = (perSite.get(siteId) ?? 1) - 1;
    if (left === 0) perSite.delete(siteId);
    else perSite.set(siteId, left);
  }

  function find(socket: Socket): Connection | undefined {
    return socket.remotePort === undefined ? undefined : byAddress.get(addressPair(socket));
  }

  function retire(siteId: string, cut: Cut): void {
    for (const connection of live) if (connection.siteId === siteId) connection.retire(cut.graceMs);
    limit(cut, (run) => run.siteId === siteId);
  }

  function retireAll(cut: Cut): void {
    for (const connection of live) connection.retire(cut.graceMs);
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
    for (const run of runs) {
      if (at < run.cutAt) continue;
      onLate("cut");
      run.cut();
    }
    for (const connection of live) connection.sweep();
  }

  function whenEmpty(): Promise<void> {
    return live.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve));
  }
}

const endless = Number.POSITIVE_INFINITY;
const boundless = { connectionsPerSite: endless, requestsPerAddress: endless, requestsPerSite: endless };

/** Unique among live TCP connections; a TLS socket tells the pair of the socket it runs over. */
function addressPair(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
}
