import Sqlite from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { expect, test } from "vitest";
import { newSite } from "#lib/site/schema.ts";
import { acknowledgementNumber, acknowledgementsOf, newestServing, newestServingOf } from "#lib/store/acknowledgements.ts";
import { changedSites } from "#lib/store/changes.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";
import { keepCertificates } from "#lib/store/ledger-certificates.ts";
import { eventsOfRequest, listBareCallers, listEvents } from "#lib/store/ledger-events.ts";
import { entryOf, noon, shown } from "#lib/store/ledger-fixture.ts";
import { listGroups, listTroubles, seenChains } from "#lib/store/ledger-groups.ts";
import { readPlot } from "#lib/store/ledger-plot.ts";
import { boundedCertificates, boundedEvents, boundedGroups, removeBuckets } from "#lib/store/ledger-room.ts";
import { addBuckets, addEvents, addGroups } from "#lib/store/ledger-rows.ts";
import { seenCertificates } from "#lib/store/ledger-seen.ts";
import { listRejections, stillRejected } from "#lib/store/rejected-sites.ts";
import { removeSite, saveSite } from "#lib/store/save-site.ts";
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
    expect(changedSites(tx, 0)).toHaveLength(1);
    expect(removeSite(tx, { ...change, basedOn: 1 }).ok).toBe(true);
  });
  expect(plans.length).toBeGreaterThan(10);
  expect(plans.filter((plan) => plan.includes("SCAN"))).toEqual([]);
});

test("the words on many sites' revisions are found in an index, and the mark of a list costs single rows", async () => {
  const { dataDir } = await storeFixture();
  const words = plansOf(`${dataDir}/sensor.db`, (tx) => acknowledgementsOf(tx, [{ id: "one", revision: 1 }]));
  expect(words.filter((plan) => !plan.includes("VIRTUAL TABLE"))).toEqual([
    expect.stringMatching(/SEARCH acknowledgements USING INDEX .*site_id=\? AND revision=\?/),
  ]);
  expect(plansOf(`${dataDir}/sensor.db`, acknowledgementNumber).join()).toContain("SEARCH");
});

test("the sites whose revision was rejected are found in an index of rejections, and the rest by their ids", async () => {
  const { dataDir } = await storeFixture();
  expect(plansOf(`${dataDir}/sensor.db`, listRejections).join()).toContain("acknowledgements_rejected");
  const plans = plansOf(`${dataDir}/console.db`, (tx) => stillRejected(tx, '[["one",1,null]]'));
  const read = plans.filter((plan) => !plan.includes("VIRTUAL TABLE") && !plan.includes("TEMP B-TREE"));
  expect(read).toEqual([expect.stringMatching(/^SEARCH sites/), expect.stringMatching(/^SEARCH site_names/)]);
});

test("the newest serving revision is found in an index", async () => {
  const { dataDir } = await storeFixture();
  const plans = plansOf(`${dataDir}/sensor.db`, (tx) => newestServing(tx, "one"));
  expect(plans).toEqual([expect.stringContaining("SEARCH")]);
});

test("the newest serving revisions of many sites are found in an index, each from its newest down", async () => {
  const { dataDir } = await storeFixture();
  const plans = plansOf(`${dataDir}/sensor.db`, (tx) => newestServingOf(tx, ["one", "two"]));
  expect(plans.filter((plan) => plan.includes("acknowledgements"))).toEqual([expect.stringMatching(/SEARCH .*site_id=\?/)]);
  expect(plans.filter((plan) => plan.includes("TEMP B-TREE"))).toEqual([]);
});

const filter = { siteId: "one", limit: 50 };
const range = { siteId: "one", from: new Date(noon), to: new Date(noon + 1), width: 60 as const };

test.each<[string, (queries: Queries) => unknown]>([
  ["the newest rows of a site", (queries) => listEvents(queries, filter)],
  ["the next page", (queries) => listEvents(queries, { ...filter, before: 9, kind: "handshake", isRefused: true })],
  ["the live tail", (queries) => listEvents(queries, { ...filter, since: 9, verdicts: ["CLIENT_CERT_EXPIRED"] })],
  ["a search", (queries) => listEvents(queries, { ...filter, text: "aa:11:22" })],
  ["a certificate's rows", (queries) => listEvents(queries, { ...filter, fingerprint: "aa" })],
  ["rows without a certificate in a span of time", (queries) => listEvents(queries, { ...filter, fingerprint: null, ...range })],
  ["a request", (queries) => eventsOfRequest(queries, "id")],
  ["the groups of a site", (queries) => listGroups(queries, { ...filter, text: "partner" })],
  ["the next groups", (queries) => listGroups(queries, { ...filter, kind: "origin", before: { lastAt: new Date(noon), id: 3 } })],
  ["the plot", (queries) => readPlot(queries, range)],
  ["the issuers sent with certificates", (queries) => seenChains(queries, "one", ["aa", "bb"])],
  ["certificates", (queries) => seenCertificates(queries, ["aa", "bb"])],
])("the ledger finds %s in an index, in the order that is asked for", async (_, read) => {
  const { dataDir } = await storeFixture();
  const plans = plansOf(`${dataDir}/sensor.db`, (tx) => read(tx));
  expect(plans).not.toEqual([]);
  expect(plans.filter((plan) => /SCAN|TEMP B-TREE/.test(plan))).toEqual([]);
});

test("troubles are added up over the groups of one site alone", async () => {
  const { dataDir } = await storeFixture();
  const plans = plansOf(`${dataDir}/sensor.db`, (tx) => listTroubles(tx, "one", ["ORIGIN_TIMEOUT"]));
  expect(plans).toContainEqual(expect.stringContaining("SEARCH"));
  expect(plans.filter((plan) => plan.includes("SCAN"))).toEqual([]);
});

test("the ledger's writer touches only the rows it means", async () => {
  const { dataDir } = await storeFixture();
  const presented = { fingerprint: "aa", siteId: "one", caller: "verified" as const, at: noon, der: "" };
  const plans = plansOf(`${dataDir}/sensor.db`, (tx) => {
    const entries = [shown("aa"), entryOf()];
    addEvents(tx, entries);
    addGroups(tx, entries);
    addBuckets(tx, entries, [], noon);
    keepCertificates(tx, [presented]);
    removeBuckets(tx, 60, 10);
    for (const table of [boundedEvents, boundedGroups, boundedCertificates]) {
      table.remove(tx, { siteId: "one", lane: 0, count: 10 });
      table.removeOld(tx, new Date(noon), 10);
    }
  });
  expect(plans.length).toBeGreaterThan(10);
  expect(plans.filter((plan) => plan.includes("SCAN"))).toEqual([]);
});

test("who came without a certificate is found in the index of that lane, whose rows are few enough to sort", async () => {
  const { dataDir } = await storeFixture();
  const plans = plansOf(`${dataDir}/sensor.db`, (tx) => listBareCallers(tx, "one", 50));
  expect(plans[0]).toContain("SEARCH ledger_events USING INDEX ledger_events_by_lane (site_id=? AND lane=?)");
  expect(plans.filter((plan) => plan.includes("SCAN"))).toEqual([]);
});
