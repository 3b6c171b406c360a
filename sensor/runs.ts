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
  // No Set: V8 makes it a new table every few requests, and the old one keeps what ran alive until a full collection.
  const live: Running[] = [];
  const byClient = createShares(requestsPerAddress);
  const bySite = createShares(requestsPerSite);

  return { excess, add, leaveSite, remove, count: () => live.length, [Symbol.iterator]: () => [...live].values() };

  function excess({ clients, siteId }: Pick<Running, "clients" | "siteId">): RunExcess | null {
    if (!byClient.fits(clients)) return "requestsPerAddress";
    return bySite.fits(asClient(siteId)) ? null : "requestsPerSite";
  }

  function add(run: Running): void {
    run.place = live.push(run) - 1;
    if (run.excess !== null) return;
    byClient.add(run.clients, 1);
    bySite.add(asClient(run.siteId), 1);
    run.isInSite = true;
  }

  function leaveSite(run: Running): void {
    if (!run.isInSite) return;
    run.isInSite = false;
    bySite.add(asClient(run.siteId), -1);
  }

  function remove(run: Running): void {
    if (live[run.place] !== run) return;
    const last = live.pop();
    if (last !== undefined && last !== run) {
      live[run.place] = last;
      last.place = run.place;
    }
    run.place = -1;
    if (run.excess !== null) return;
    byClient.add(run.clients, -1);
    leaveSite(run);
  }
}

function asClient(siteId: string) {
  return [{ name: siteId, times: 1 }];
}
