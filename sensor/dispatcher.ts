import { createServer, type Server, type Socket } from "node:net";
import type { Logger } from "#lib/log.ts";
import { normaliseHostName } from "#lib/site/hostname.ts";
import { type Alert, sendAlert } from "#sensor/alert.ts";
import type { Connection } from "#sensor/connection.ts";
import type { Connections } from "#sensor/connections.ts";
import { createHelloReader, type HelloReader, type HelloReading } from "#sensor/hello.ts";
import type { Revision } from "#sensor/revision.ts";
import type { Entry, Snapshot } from "#sensor/snapshot.ts";

export type DispatcherOptions = {
  snapshot: () => Snapshot;
  connections: Connections;
  log: Logger;
  /** A revision whose keys or certificate cannot be used after all. */
  onUnusable: (revision: Revision, failure: unknown) => void;
};

/**
 * The HTTPS port: reads each connection's ClientHello, finds the site by its server name and gives the connection, bytes
 * and all, to that site's own TLS server. There is no default site: no name, no site, no certificate.
 */
export function createDispatcher({ snapshot, connections, log, onUnusable }: DispatcherOptions): Server {
  const server = createServer({ noDelay: true, keepAlive: true });
  server.on("connection", (socket) => {
    // For the connection's whole life: an error with no listener ends the process.
    socket.on("error", () => socket.destroy());
    const connection = connections.accept(socket, "hello");
    const reader = createHelloReader();
    socket.on("data", take);

    function take(chunk: Buffer): void {
      const reading = reader.push(chunk);
      if (reading.kind === "incomplete") return;
      // Paused before the bytes go back, or the TLS server would wait for what has already flowed past it.
      socket.pause();
      socket.off("data", take);
      choose(socket, connection, reading, reader).catch((failure: unknown) => {
        log.error({ err: failure, address: connection.address }, "dispatching failed");
        socket.destroy();
      });
    }
  });
  return server;

  async function choose(socket: Socket, connection: Connection, reading: HelloReading, reader: HelloReader): Promise<void> {
    if (reading.kind !== "hello") return turnAway(socket, connection, "decodeError", reading);
    const name = reading.serverName === null ? null : normaliseHostName(reading.serverName);
    const entry = name === null ? null : snapshot().find(name);
    const revision = entry === null ? null : revisionOf(entry);
    if (!snapshot().isLoaded) return turnAway(socket, connection, "internalError", { name });
    if (entry === null || revision?.compiled.tls === null) return turnAway(socket, connection, "unrecognizedName", { name });
    connection.assign(entry.siteId);
    if (revision === null) return turnAway(socket, connection, "internalError", { siteId: entry.siteId });
    const siteServer = await serverOf(revision);
    if (siteServer === null) return turnAway(socket, connection, "internalError", { siteId: entry.siteId });
    // The revision may have changed while its keys were opened: the client dials again and meets the new one.
    if (connection.isRetired || socket.destroyed) return connection.destroy();
    socket.unshift(reader.bytes());
    siteServer.emit("connection", socket);
  }

  async function serverOf(revision: Revision) {
    try {
      return (await revision.open()).server();
    } catch (failure) {
      onUnusable(revision, failure);
      return null;
    }
  }

  function turnAway(socket: Socket, connection: Connection, alert: Alert, about: object): void {
    log.info({ address: connection.address, alert, ...about }, "connection turned away");
    sendAlert(socket, alert);
  }
}

/** What makes the handshake for a site: a closed one still shows its certificate, so that clients can read the 503. */
function revisionOf({ state }: Entry): Revision | null {
  return state.kind === "serving" ? state.revision : state.shield;
}
