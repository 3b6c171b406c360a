import type { Socket } from "node:net";
import type { Logger } from "#lib/log.ts";
import { escaped } from "#lib/pki/name.ts";
import { normaliseHostName } from "#lib/site/hostname.ts";
import { sendAlert } from "#sensor/alert.ts";
import type { Connection } from "#sensor/connection.ts";
import type { Connections } from "#sensor/connections.ts";
import type { Directory, LoadedEntry } from "#sensor/directory.ts";
import { createHelloReader, type HelloReader, type HelloReading } from "#sensor/hello.ts";
import type { Recorder, Rejection } from "#sensor/recorder.ts";
import type { Revision } from "#sensor/revision.ts";
import { createShares } from "#sensor/shares.ts";

export type DispatcherOptions = {
  directory: Directory;
  /** Reads a site that nobody has asked for before. */
  load: (siteId: string) => Promise<LoadedEntry | null>;
  connections: Connections;
  recorder: Recorder;
  log: Logger;
  /** Bytes that hellos which are not whole may hold, all together; those of one client an eighth of it. */
  mostHelloBytes: number;
  onLimit: (limit: "helloBytes" | "connectionsPerSite") => void;
  /** A revision whose keys or certificate cannot be used after all. */
  onUnusable: (revision: Revision, failure: unknown) => void;
};

/** Takes a connection of the HTTPS port over; `address` is the client's. */
export type Dispatcher = (socket: Socket, address: string) => void;

/**
 * The HTTPS port: reads each connection's ClientHello, finds the site by its server name and gives the connection, bytes
 * and all, to that site's own TLS server. There is no default site: no name, no site, no certificate.
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { directory, load, connections, recorder, log, mostHelloBytes, onLimit, onUnusable } = options;
  const pending = createShares(mostHelloBytes / 8);
  let pendingBytes = 0;

  return (socket, address) => {
    // For the connection's whole life: an error with no listener ends the process.
    socket.on("error", () => socket.destroy());
    const connection = connections.accept(socket, "hello", address);
    const reader = createHelloReader();
    let held = 0;
    socket.on("data", take);
    socket.once("close", () => hold(0));

    function take(chunk: Buffer): void {
      const reading = reader.push(chunk);
      hold(reading.kind === "incomplete" ? reader.capacity() : 0);
      if (pendingBytes > mostHelloBytes || !pending.fits(connection.clients, 0)) {
        onLimit("helloBytes");
        // At once: what closes in a moment must not count against the next.
        hold(0);
        socket.destroy();
      }
      if (reading.kind === "incomplete" || socket.destroyed) return;
      // Paused before the bytes go back, or the TLS server would wait for what has already flowed past it.
      socket.pause();
      socket.off("data", take);
      choose(socket, connection, reading, reader).catch((failure: unknown) => {
        log.error({ err: failure, address: connection.address }, "dispatching failed");
        socket.destroy();
      });
    }

    function hold(bytes: number): void {
      pendingBytes += bytes - held;
      pending.add(connection.clients, bytes - held);
      held = bytes;
    }
  };

  async function choose(socket: Socket, connection: Connection, reading: HelloReading, reader: HelloReader): Promise<void> {
    if (reading.kind !== "hello") return turnAway(socket, connection, { alert: "decodeError", siteId: null, reason: faultOf(reading) });
    const { serverName } = reading;
    const name = serverName === null ? null : normaliseHostName(serverName);
    const found = name === null ? null : directory.find(name);
    const entry = found === null ? null : await load(found.siteId);
    const revision = entry === null ? null : revisionOf(entry);
    const about = { siteId: entry?.siteId ?? null, revision: revision?.number, serverName };
    if (!directory.isLoaded)
      return turnAway(socket, connection, { ...about, alert: "internalError", reason: "The sites are not read yet." });
    if (entry === null || revision?.compiled.tls === null) return turnAway(socket, connection, { ...about, alert: "unrecognizedName" });
    // Whoever left while the site was read is counted nowhere any more.
    if (socket.destroyed) return connection.destroy();
    if (!connections.assign(connection, entry.siteId)) {
      onLimit("connectionsPerSite");
      return connection.destroy();
    }
    if (revision === null) return turnAway(socket, connection, { ...about, alert: "internalError" });
    const siteServer = await serverOf(revision);
    if (siteServer === null) return turnAway(socket, connection, { ...about, alert: "internalError" });
    // The revision may have changed while its keys were opened: the client dials again and meets the new one.
    if (connection.isRetired || socket.destroyed) return connection.destroy();
    socket.unshift(reader.bytes());
    siteServer.emit("connection", socket);
  }

  async function serverOf(revision: Revision) {
    try {
      return await (await revision.open()).server();
    } catch (failure) {
      onUnusable(revision, failure);
      return null;
    }
  }

  function turnAway(socket: Socket, connection: Connection, rejection: Rejection): void {
    const { serverName } = rejection;
    log.info({ address: connection.address, ...rejection, serverName: serverName && escaped(serverName) }, "connection turned away");
    recorder.turnedAway(connection, rejection);
    sendAlert(socket, rejection.alert);
  }
}

function faultOf(reading: HelloReading): string {
  return reading.kind === "malformed" ? reading.reason : "the ClientHello is too long";
}

/** What makes the handshake for a site: a closed one still shows its certificate, so that clients can read the 503. */
function revisionOf({ state }: LoadedEntry): Revision | null {
  return state.kind === "serving" ? state.revision : state.shield;
}
