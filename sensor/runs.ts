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
  /** Gives the site's place back, the client's not yet; may be called more than once. */
  leaveSite(run: Running): void;
  /** May be called more than once. */
  remove(run: Running): void;
  count(): number;
};

/** What is over a limit is there until it has been answered, and does not count: it holds nothing of the limit. */
export function createRuns({ requestsPerAddress, requestsPerSite }: Pick<Limits, RunExcess>): Runs {
  const live = new Set<Running>();
  const byClient = createShares(requestsPerAddress);
  const bySite = createShares(requestsPerSite);
  const inSite = new Set<Running>();

  return { excess, add, leaveSite, remove, count: () => live.size, [Symbol.iterator]: () => live.values() };

  function excess({ clients, siteId }: Pick<Running, "clients" | "siteId">): RunExcess | null {
    if (!byClient.fits(clients)) return "requestsPerAddress";
    return bySite.fits(asClient(siteId)) ? null : "requestsPerSite";
  }

  function add(run: Running): void {
    live.add(run);
    if (run.excess !== null) return;
    byClient.add(run.clients, 1);
    bySite.add(asClient(run.siteId), 1);
    inSite.add(run);
  }

  function leaveSite(run: Running): void {
    if (inSite.delete(run)) bySite.add(asClient(run.siteId), -1);
  }

  function remove(run: Running): void {
    if (!live.delete(run) || run.excess !== null) return;
    byClient.add(run.clients, -1);
    leaveSite(run);
  }
}

function asClient(siteId: string) {
  return [{ name: siteId, times: 1 }];
}
