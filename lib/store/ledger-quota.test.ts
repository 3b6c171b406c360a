import { expect, test } from "vitest";
import { createQuota, type Quota } from "#lib/store/ledger-quota.ts";

/** Deletes until all is within bounds; answers what went, by site. */
function settle(quota: Quota): Record<string, number> {
  const gone: Record<string, number> = {};
  for (let share = quota.excess(100); share !== null; share = quota.excess(100)) {
    quota.remove(share);
    gone[share.siteId] = (gone[share.siteId] ?? 0) + share.count;
  }
  return gone;
}

test("what is over goes from the site that has most, down to where the others are", () => {
  const quota = createQuota([{ total: 100, perSite: 100 }]);
  quota.load([
    { siteId: "quiet", lane: 0, count: 30 },
    { siteId: "loud", lane: 0, count: 1_000 },
  ]);
  expect(settle(quota)).toEqual({ loud: 930 });
});

test("a site has a bound of its own even when there is room", () => {
  const quota = createQuota([{ total: 1_000, perSite: 10 }]);
  quota.add({ siteId: "one", lane: 0, count: 15 });
  quota.add({ siteId: "two", lane: 0, count: 10 });
  expect(settle(quota)).toEqual({ one: 5 });
});

test("a lane that is full takes nothing from another", () => {
  const quota = createQuota([
    { total: 10, perSite: 10 },
    { total: 10, perSite: 10 },
  ]);
  quota.add({ siteId: "one", lane: 0, count: 10 });
  quota.add({ siteId: "one", lane: 1, count: 500 });
  expect(quota.excess(1_000)).toMatchObject({ lane: 1 });
  expect(settle(quota)).toEqual({ one: 490 });
});

test("no single deletion takes more than it may", () => {
  const quota = createQuota([{ total: 10, perSite: 10 }]);
  quota.add({ siteId: "one", lane: 0, count: 100_000 });
  expect(quota.excess(100)?.count).toBe(100);
});

test("many sites over one bound lose evenly", () => {
  const quota = createQuota([{ total: 90, perSite: 100 }]);
  for (const siteId of ["a", "b", "c"]) quota.add({ siteId, lane: 0, count: 60 });
  const gone = settle(quota);
  for (const siteId of ["a", "b", "c"]) {
    expect(gone[siteId]).toBeGreaterThan(20);
    expect(gone[siteId]).toBeLessThan(40);
  }
});
