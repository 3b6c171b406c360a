import { AppError } from "#lib/app-error.ts";

/** Rows that one lane may have, in all and of one site. */
export type Allowance = { total: number; perSite: number };

/** Rows of one site in one lane, their number. */
export type Share = { siteId: string; lane: number; count: number };

/**
 * Counts the rows of a table by lane and site, so that nobody has to ask the table. What is over goes from the site that
 * has most in that lane: a crowd at one site, or of one kind of caller, never pushes out what another has.
 */
export type Quota = {
  load(shares: readonly Share[]): void;
  add(share: Share): void;
  /** What to delete next, null when all is within bounds; the caller deletes and then takes it off by `remove`. */
  excess(most: number): Share | null;
  remove(share: Share): void;
};

export function createQuota(allowances: readonly Allowance[]): Quota {
  let lanes = allowances.map(() => createLane());
  return {
    load(shares) {
      lanes = allowances.map(() => createLane());
      for (const share of shares) change(share, 1);
    },
    add: (share) => change(share, 1),
    remove: (share) => change(share, -1),
    excess,
  };

  function change({ siteId, lane, count }: Share, sign: 1 | -1): void {
    const own = lanes[lane];
    if (own === undefined) throw new AppError("ledger.lane", `There is no lane ${lane}.`);
    const left = Math.max(0, (own.sites.get(siteId) ?? 0) + sign * count);
    own.total += left - (own.sites.get(siteId) ?? 0);
    if (left === 0) own.sites.delete(siteId);
    else own.sites.set(siteId, left);
  }

  function excess(most: number): Share | null {
    for (const [lane, { total, sites }] of lanes.entries()) {
      const allowance = allowances[lane] ?? { total: 0, perSite: 0 };
      const { siteId, largest, second } = largestOf(sites);
      const over = Math.max(total - allowance.total, largest - allowance.perSite);
      // Down to the next largest, then in turns.
      if (over > 0) return { siteId, lane, count: Math.min(over, most, Math.max(largest - second, Math.ceil(largest / 8))) };
    }
    return null;
  }
}

function createLane() {
  return { total: 0, sites: new Map<string, number>() };
}

function largestOf(sites: ReadonlyMap<string, number>): { siteId: string; largest: number; second: number } {
  let [siteId, largest, second] = ["", 0, 0];
  for (const [site, count] of sites) {
    second = Math.max(second, Math.min(count, largest));
    if (count > largest) [siteId, largest] = [site, count];
  }
  return { siteId, largest, second };
}
