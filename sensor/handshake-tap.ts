import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { readServerFlight } from "#sensor/tls-flight.ts";
import type { ServerFlight } from "#sensor/tls-messages.ts";

/** Listens to one TLS connection to an origin at a time; what it heard is forgotten with it and kept nowhere. */
export type HandshakeTap = {
  /** Called before TLS begins: what TLS shall read from and write to. */
  wrap(socket: Socket): Duplex;
  /** Called with the TLS socket before its handshake. */
  listen(socket: TLSSocket): void;
  heard(): Heard;
};

export type Heard = {
  /** The address that was connected to, null before. */
  address: string | null;
  flight: ServerFlight;
  /** Why the certificate would be refused if it were verified, null when it would not; undefined before the handshake ended. */
  authorizationError: string | null | undefined;
};

/** More than a handshake with long lists of CAs takes; what an origin sends after it is passed on and not kept. */
const mostBytes = 262_144;

export function createHandshakeTap(): HandshakeTap {
  let chunks: Buffer[] = [];
  let keylog: string[] = [];
  let size = 0;
  let address: string | null = null;
  let authorizationError: Heard["authorizationError"];
  return { wrap, listen, heard: () => ({ address, flight: readServerFlight(Buffer.concat(chunks), keylog), authorizationError }) };

  function wrap(socket: Socket): Duplex {
    [chunks, keylog, size, authorizationError] = [[], [], 0, undefined];
    address = socket.remoteAddress ?? null;
    return new TappedSocket(socket, (chunk) => {
      if (size < mostBytes) chunks.push(chunk);
      size += chunk.length;
    });
  }

  function listen(socket: TLSSocket): void {
    socket.on("keylog", (line: Buffer) => keylog.push(line.toString("latin1")));
    socket.once("secureConnect", () => {
      // Node says a code, or an Error where its types say so.
      authorizationError = socket.authorized ? null : String(socket.authorizationError);
    });
  }
}

/** A socket through which all bytes pass unchanged; each that comes in is shown first. */
class TappedSocket extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket, show: (chunk: Buffer) => void) {
    super();
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      show(chunk);
      if (!this.push(chunk)) socket.pause();
    });
    socket.on("end", () => this.push(null));
    socket.on("error", (failure) => this.destroy(failure));
    socket.on("close", () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, callback: (failure?: Error | null) => void): void {
    this.#socket.write(chunk, encoding, callback);
  }

  override _final(callback: () => void): void {
    this.#socket.end(callback);
  }

  override _destroy(failure: Error | null, callback: (failure: Error | null) => void): void {
    this.#socket.destroy();
    callback(failure);
  }
}
