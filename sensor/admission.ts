import ipaddr from "ipaddr.js";
import type { Limits } from "#lib/limits.ts";

/** The three limits that are judged before a connection costs anything. */
export type Excess = "connections" | "connectionsPerAddress" | "handshakesPerAddress";

/** Counts connections of all workers, by client. `client` is what `clientOf` answers. */
export type Admission = {
  /** Takes a connection in, or says which limit it is over; what was taken in is released exactly once. */
  take(client: string, port: "http" | "https"): Excess | null;
  release(client: string): void;
  count(): number;
};

export type AdmissionOptions = {
  limits: Pick<Limits, Excess>;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
};

/** A client's allowance of handshakes: `left` as of `at`, growing again with time. */
type Allowance = { connections: number; left: number; at: number };

/** A client that has gone is remembered until its allowance is full again; then it is as new. */
export function createAdmission({ limits, now = () => performance.now() }: AdmissionOptions): Admission {
  const most = limits.handshakesPerAddress * 2;
  const clients = new Map<string, Allowance>();
  let connections = 0;
  let sweptAt = now();

  return { take, release, count: () => connections };

  function take(client: string, port: "http" | "https"): Excess | null {
    if (connections >= limits.connections) return "connections";
    const at = now();
    sweep(at);
    const allowance = clients.get(client) ?? { connections: 0, left: most, at };
    if (allowance.connections >= limits.connectionsPerAddress) return "connectionsPerAddress";
    if (port === "https") {
      refill(allowance, at);
      if (allowance.left < 1) return "handshakesPerAddress";
      allowance.left -= 1;
    }
    allowance.connections += 1;
    connections += 1;
    clients.set(client, allowance);
    return null;
  }

  function release(client: string): void {
    const allowance = clients.get(client);
    if (allowance === undefined || allowance.connections === 0) return;
    allowance.connections -= 1;
    connections -= 1;
  }

  function refill(allowance: Allowance, at: number): void {
    allowance.left = Math.min(most, allowance.left + ((at - allowance.at) / 1_000) * limits.handshakesPerAddress);
    allowance.at = at;
  }

  /** Two seconds fill any allowance: the map holds who is connected, and who came in the last seconds. */
  function sweep(at: number): void {
    if (at - sweptAt < 2_000) return;
    sweptAt = at;
    for (const [client, allowance] of clients) if (allowance.connections === 0 && at - allowance.at >= 2_000) clients.delete(client);
  }
}

/** What counts as one client: an IPv4 address, or the /64 that one subscriber has whole (RFC 6177). */
export function clientOf(address: string): string {
  if (!address.includes(":")) return address;
  const parsed = ipaddr.isValid(address) ? ipaddr.process(address) : null;
  if (parsed === null) return address;
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}
