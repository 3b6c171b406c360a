import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * Lets a response speak on the bare socket of an upgrade or CONNECT, and ends the connection behind it. The server no longer
 * looks after such a socket: `drain` is passed on here, and a client that keeps its own side open is not waited for.
 */
export function speakOn(socket: Duplex, response: ServerResponse): void {
  const bare = socketOf(socket);
  const passDrain = () => response.emit("drain");
  response.shouldKeepAlive = false;
  response.assignSocket(bare);
  bare.on("drain", passDrain);
  response.once("finish", () => {
    bare.off("drain", passDrain);
    bare.destroySoon();
  });
}

/** Node types the stream of an upgrade as Duplex; from an HTTP server it is always the connection's socket. */
export function socketOf(socket: Duplex): Socket {
  return socket as Socket;
}
