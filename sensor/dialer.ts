import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Logger } from "#lib/log.ts";
import { readRanges } from "#lib/site/address.ts";
import { judgeAddress } from "#lib/site/judge-address.ts";
import { blame, DialError, isConnectionFailure } from "#sensor/dial-error.ts";
import { createFailingAddresses, type Ending } from "#sensor/failing-addresses.ts";
import { isRoutedHome, listedAddresses } from "#sensor/own-address.ts";
import { createResolver, type Resolve } from "#sensor/resolver.ts";

/** Where to connect: a name that is resolved at this very connect, or addresses that are tried in order. */
export type Destination = { kind: "host"; hostName: string } | { kind: "addresses"; addresses: readonly string[] };

/** One connect. `secure` turns the TCP connection into the one that is handed out; `timeoutMs` is for one address, both included. */
export type DialOptions = {
  destination: Destination;
  port: number;
  timeoutMs: number;
  /** Who remembers which addresses fail; two tenants never share one. */
  scope: string;
  signal?: AbortSignal;
  secure?: (socket: Socket) => Promise<Socket>;
};

/** The one way out of the product: every address is judged at every connect. */
export type Dialer = { dial(options: DialOptions): Promise<Socket> };

export type DialerOptions = {
  originAllow: string[];
  productPorts: () => number[];
  log?: Logger;
  /** The system's resolver, unless a test gives its own. */
  resolve?: Resolve;
  /** This machine's addresses as the system lists them. */
  ownAddresses?: () => string[];
  /** A monotonic clock in milliseconds, by which a failing address is left alone. */
  now?: () => number;
};

/** A dialer for one process; `productPorts` are asked at every connect. Throws when `originAllow` holds no CIDR. */
export function createDialer({ originAllow, productPorts, log, ownAddresses = listedAddresses, ...options }: DialerOptions): Dialer {
  const isAllowed = readRanges(originAllow);
  const resolve = createResolver(options.resolve);
  const failing = createFailingAddresses(options.now);
  return { dial };

  async function dial(wanted: DialOptions): Promise<Socket> {
    const addresses = failing.order(wanted, await candidates(wanted));
    let failure: unknown = new DialError("dial.unresolved", "The origin's name has no address.");
    for (const [index, address] of addresses.entries()) {
      const isLast = index === addresses.length - 1;
      try {
        return await attempt(address, isLast ? wanted.timeoutMs : Math.min(wanted.timeoutMs, beforeNextMs), wanted);
      } catch (error) {
        if (wanted.signal?.aborted || !isConnectionFailure(error)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** A fault of the certificate is no failure to connect: the address was reached, and the next must not hide the fault. */
  async function attempt(address: string, timeoutMs: number, wanted: DialOptions): Promise<Socket> {
    const end = failing.begin(wanted, address);
    let ending: Ending = "unknown";
    let reason: string | undefined;
    try {
      const socket = await within(timeoutMs, wanted.signal, (stop) => connectTo(address, wanted, stop));
      ending = "reached";
      return socket;
    } catch (error) {
      if (!wanted.signal?.aborted) ending = isConnectionFailure(error) ? "failed" : "reached";
      reason = String(error);
      blame(error, address);
      throw error;
    } finally {
      const change = end(ending);
      if (change !== null)
        log?.warn({ scope: wanted.scope, address, port: wanted.port, ...change, reason }, `origin address ${change.state}`);
    }
  }

  /** What passes is the very text that is dialled: a second look-up could answer otherwise (DNS rebinding). */
  async function candidates({ destination, port, timeoutMs, signal }: DialOptions): Promise<string[]> {
    const found =
      destination.kind === "addresses"
        ? destination.addresses
        : await within(timeoutMs, signal, () => resolve(destination.hostName).catch(unresolved));
    const texts = found.slice(0, mostAddresses);
    const ports = productPorts();
    const own = ports.includes(port) ? await ownAmong(texts) : [];
    const judged = texts.map((text) => judgeAddress(text, port, { isAllowed, productPorts: ports, localAddresses: () => own }));
    const refusals = judged.flatMap((one) => ("refusal" in one ? [one.refusal] : []));
    const allowed = judged.flatMap((one) => ("address" in one ? [one.address] : []));
    if (allowed.length === 0 && refusals.length > 0) throw new DialError("dial.forbidden", `May not connect: ${refusals.join("; ")}.`);
    return [...new Set(allowed)];
  }

  async function ownAmong(texts: readonly string[]): Promise<string[]> {
    const listed = ownAddresses();
    const routedHome = await Promise.all(texts.map((text) => isRoutedHome(text, listed)));
    return [...listed, ...texts.filter((_, at) => routedHome[at])];
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
    return await (secure === undefined ? stayOpen(socket) : secure(socket));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/**
 * What accepts only to close (a forwarder without its target) is found out while nothing has been sent: its end of the
 * connection is read one turn after the connect. Over TLS the handshake does that.
 */
async function stayOpen(socket: Socket): Promise<Socket> {
  const ignore = () => {};
  socket.on("error", ignore);
  await nextTurn();
  await nextTurn();
  if (!socket.writable) throw new DialError("dial.closed", "The origin closed the connection at once.");
  socket.off("error", ignore);
  return socket;
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

function unresolved(cause: unknown): never {
  throw new DialError("dial.unresolved", `The origin's name cannot be resolved (${cause instanceof Error ? cause.message : cause}).`);
}
