import type { Connection } from "#sensor/connection.ts";
import type { Identity, Seen } from "#sensor/identity.ts";

/** What the gate must know about a socket before it lets any request through. */
export type Mark = {
  /** The site whose TLS server made the handshake. */
  readonly siteId: string;
  /** The revision under which the client was judged. */
  readonly revision: number;
  /** By which requests are admitted; null where no certificate was demanded. */
  readonly identity: Identity | null;
  /** For the records alone; null where no certificate was asked for. */
  readonly seen: Seen | null;
  readonly connection: Connection;
};

// A property, not a WeakMap: on HTTP/2 `request.socket` is a Proxy, which a map's key never equals.
const key = Symbol("mark");

/** Puts the mark on a TLS socket; only the site server's `secureConnection` listener does. */
export function markSocket(socket: object, mark: Mark): void {
  Object.defineProperty(socket, key, { value: mark });
}

/** The mark, or undefined: then nothing on this socket was judged and nothing may be answered. */
export function markOf(socket: object): Mark | undefined {
  return (socket as { [key]?: Mark })[key];
}
