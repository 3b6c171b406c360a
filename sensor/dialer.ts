import type { Socket } from "node:net";

/** Where to connect: a name that is resolved at this very connect, or addresses that are tried in order. */
export type Destination = { kind: "host"; hostName: string } | { kind: "addresses"; addresses: readonly string[] };

/** One connect. `secure` turns the TCP connection into the one that is handed out; its failure may lead to the next address. */
export type DialOptions = {
  destination: Destination;
  port: number;
  timeoutMs: number;
  signal?: AbortSignal;
  secure?: (socket: Socket) => Promise<Socket>;
};

/** The one way out of the product: every address is judged at every connect. */
export type Dialer = { dial(options: DialOptions): Promise<Socket> };

/** A dialer for one process; `productPorts` are asked at every connect. */
export function createDialer(_options: { originAllow: string[]; productPorts: () => number[] }): Dialer {
  return { dial: () => Promise.reject(new Error("not built yet")) };
}
