import type { Limits } from "#lib/limits.ts";
import type { Running } from "#sensor/connection.ts";
import { createShares } from "#sensor/shares.ts";

/** The limits on requests and WebSockets that run at once. */
export type RunExcess = "requestsPerAddress" | "requestsPerSite";

/** What runs on all connections of the process, counted by client and by site. */
export type Runs = Iterable<Running> & {
  /** Which limit one more would be over; null when it is over none. */
  excess(wanted: Pick<Running, "clients" | "siteId">): RunExcess | null;
  add(run: Running): void;
  /** May be called more than once. */
  remove(run: Running): void;
  count(): number;
};

/** What is over a limit is there until it has been answered, and does not count: it holds nothing of the limit. */
export function createRuns({ requestsPerAddress, requestsPerSite }: Pick<Limits, RunExcess>): Runs {
  const live = new Set<Running>();
  const byClient = createShares(requestsPerAddress);
  const bySite = createShares(requestsPerSite);

  return { excess, add, remove, count: () => live.size, [Symbol.iterator]: () => live.values() };

  function excess({ clients, siteId }: Pick<Running, "clients" | "siteId">): RunExcess | null {
    if (!byClient.fits(clients)) return "requestsPerAddress";
    return bySite.fits(asClient(siteId)) ? null : "requestsPerSite";
  }

  function add(run: Running): void {
    live.add(run);
    if (run.excess === null) count(run, 1);
  }

  function remove(run: Running): void {
    if (live.delete(run) && run.excess === null) count(run, -1);
  }

  function count({ clients, siteId }: Running, amount: 1 | -1): void {
    byClient.add(clients, amount);
    bySite.add(asClient(siteId), amount);
  }
}

function asClient(siteId: string) {
  return [{ name: siteId, times: 1 }];
}
