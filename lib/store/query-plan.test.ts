import Sqlite from "better-sqlite3";
import { gt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { expect, test } from "vitest";
import { newSite } from "#lib/site/schema.ts";
import { newestServing } from "#lib/store/acknowledgements.ts";
import { sites } from "#lib/store/console-tables.ts";
import type { Transaction } from "#lib/store/database.ts";
import { removeSite, saveSite } from "#lib/store/save-site.ts";
import { currentRows } from "#lib/store/sites.ts";
import { storeFixture } from "#lib/store/store-fixture.ts";

/** The plan of every statement that `work` runs. */
function plansOf(file: string, work: (tx: Transaction) => void): string[] {
  const client = new Sqlite(file);
  const plans: string[] = [];
  const logQuery = (query: string, parameters: unknown[]) => {
    const bound = parameters.map((value) => (typeof value === "boolean" ? Number(value) : value));
    const steps = client.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${query}`).all(...bound);
    plans.push(...steps.map(({ detail }) => detail));
  };
  drizzle({ client, logger: { logQuery } }).transaction(work);
  client.close();
  return plans;
}

test("saving, deleting and following changes read indexes only, so that their cost does not grow with the sites", async () => {
  const { dataDir, tenantId, now } = await storeFixture();
  const plans = plansOf(`${dataDir}/console.db`, (tx) => {
    const site = { ...newSite, hostName: "shop.test", isWildcard: true };
    const change = { tenantId, siteId: "one", author: "ana", address: null, now };
    expect(saveSite(tx, { ...change, basedOn: null, site, keys: [] }).ok).toBe(true);
    expect(currentRows(tx, gt(sites.changeNumber, 0))).toHaveLength(1);
    expect(removeSite(tx, { ...change, basedOn: 1 }).ok).toBe(true);
  });
  expect(plans.length).toBeGreaterThan(10);
  expect(plans.filter((plan) => plan.includes("SCAN"))).toEqual([]);
});

test("the newest serving revision is found in an index", async () => {
  const { dataDir } = await storeFixture();
  const plans = plansOf(`${dataDir}/sensor.db`, (tx) => newestServing(tx, "one"));
  expect(plans).toEqual([expect.stringContaining("SEARCH")]);
});
