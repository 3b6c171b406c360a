import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { readRanges } from "#lib/site/address.ts";
import { judgeAddress } from "#sensor/address.ts";
import { DialError, isConnectionFailure } from "#sensor/dial-error.ts";

/** Where to connect: a name that is resolved at this very connect, or addresses that are tried in order. */
export type Destination = { kind: "host"; hostName: string } | { kind: "addresses"; addresses: readonly string[] };

/** One connect. `secure` turns the TCP connection into the one that is handed out; `timeoutMs` is for one address, both included. */
export type DialOptions = {
  destination: Destination;
  port: number;
  timeoutMs: number;
  signal?: AbortSignal;
  secure?: (socket: Socket) => Promise<Socket>;
};

/** The one way out of the product: every address is judged at every connect. */
export type Dialer = { dial(options: DialOptions): Promise<Socket> };

/** A dialer for one process; `productPorts` are asked at every connect. Throws when `originAllow` holds no CIDR. */
export function createDialer(options: {
  originAllow: string[];
  productPorts: () => number[];
  /** The system's resolver, unless a test gives its own. */
  resolve?: (hostName: string) => Promise<string[]>;
}): Dialer {
  const { originAllow, productPorts, resolve = resolveAll } = options;
  const isAllowed = readRanges(originAllow);

  return { dial };

  async function dial(wanted: DialOptions): Promise<Socket> {
    const addresses = await candidates(wanted);
    let failure: unknown = new DialError("dial.unresolved", "The origin's name has no address.");
    for (const [index, address] of addresses.entries()) {
      const isLast = index === addresses.length - 1;
      try {
        return await within(isLast ? wanted.timeoutMs : Math.min(wanted.timeoutMs, beforeNextMs), wanted.signal, (stop) =>
          connectTo(address, wanted, stop),
        );
      } catch (error) {
        if (wanted.signal?.aborted || !isConnectionFailure(error)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** What passes is the very text that is dialled: a second look-up could answer otherwise (DNS rebinding). */
  async function candidates({ destination, port, timeoutMs, signal }: DialOptions): Promise<string[]> {
    const texts =
      destination.kind === "addresses"
        ? destination.addresses
        : await within(timeoutMs, signal, () => resolve(destination.hostName).catch(unresolved));
    const rules = { isAllowed, productPorts: productPorts(), localAddresses };
    const judged = texts.slice(0, mostAddresses).map((text) => judgeAddress(text, port, rules));
    const refusals = judged.flatMap((one) => ("refusal" in one ? [one.refusal] : []));
    const allowed = judged.flatMap((one) => ("address" in one ? [one.address] : []));
    if (allowed.length === 0 && refusals.length > 0) throw new DialError("dial.forbidden", `May not connect: ${refusals.join("; ")}.`);
    return [...new Set(allowed)];
  }
}

/** A dead address must not use up the patience meant for the living one after it. */
const beforeNextMs = 3_000;
const mostAddresses = 16;

async function connectTo(address: string, { port, secure }: DialOptions, stop: AbortSignal): Promise<Socket> {
  const socket = connect({ host: address, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 });
  stop.addEventListener("abort", () => socket.destroy(), { once: true });
  try {
    await once(socket, "connect", { signal: stop });
    return secure === undefined ? socket : await secure(socket);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Ends the work when it lasts too long or nobody wants it any more; `stop` tells the work, and only then. */
async function within<T>(timeoutMs: number, signal: AbortSignal | undefined, work: (stop: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const end = (error: DialError) => {
    reject(error);
    controller.abort(error);
  };
  const abort = () => end(new DialError("dial.aborted", "Nobody waits for the connection any more."));
  const timer = setTimeout(() => end(new DialError("dial.timeout", `No connection within ${timeoutMs} ms.`)), timeoutMs);
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  try {
    return await Promise.race([promise, work(controller.signal)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

async function resolveAll(hostName: string): Promise<string[]> {
  const found = await lookup(hostName, { all: true, order: "verbatim" });
  return found.map(({ address }) => address);
}

function unresolved(cause: unknown): never {
  throw new DialError("dial.unresolved", `The origin's name cannot be resolved (${cause instanceof Error ? cause.message : cause}).`);
}

function localAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}
