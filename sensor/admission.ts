import type { Limits } from "#lib/limits.ts";
import { clientsOf } from "#sensor/clients.ts";
import { createRates } from "#sensor/rates.ts";
import { createShares } from "#sensor/shares.ts";

/** The three limits that are judged before a connection costs anything. */
export type Excess = "connections" | "connectionsPerAddress" | "handshakesPerAddress";

/** Counts connections of all workers, by client. */
export type Admission = {
  /** Takes a connection in, or says which limit it is over; what was taken in is released exactly once. */
  take(address: string, port: "http" | "https"): Excess | null;
  release(address: string): void;
  count(): number;
};

export type AdmissionOptions = {
  limits: Pick<Limits, Excess>;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
};

export function createAdmission({ limits, now = () => performance.now() }: AdmissionOptions): Admission {
  const open = createShares(limits.connectionsPerAddress);
  const handshakes = createRates(limits.handshakesPerAddress, now);
  let connections = 0;

  return { take, release, count: () => connections };

  function take(address: string, port: "http" | "https"): Excess | null {
    if (connections >= limits.connections) return "connections";
    const clients = clientsOf(address);
    if (!open.fits(clients)) return "connectionsPerAddress";
    if (port === "https" && !handshakes.take(clients)) return "handshakesPerAddress";
    open.add(clients, 1);
    connections += 1;
    return null;
  }

  function release(address: string): void {
    const clients = clientsOf(address);
    if (open.held(clients[0]) === 0) return;
    open.add(clients, -1);
    connections -= 1;
  }
}
