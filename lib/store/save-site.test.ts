import { expect, test } from "vitest";
import { newSite } from "#lib/site/schema.ts";
import { openDatabase } from "#lib/store/database.ts";
import { openConsoleStore } from "#lib/store/store.ts";
import { accepted, codesOf, storeFixture } from "#lib/store/store-fixture.ts";

const shop = { ...newSite, hostName: "shop.test", origin: "127.0.0.1" };

test("a saved site is read back whole by console and sensor", async () => {
  const { store, sensor, tenantId, save, now } = await storeFixture();
  const { siteId } = accepted(await save(shop));
  const stored = { id: siteId, tenantId, revision: 1, savedAt: now, author: "ana", site: { ok: true, value: shop } };
  expect(await store.sites.get(tenantId, siteId)).toEqual(stored);
  expect(await store.sites.list(tenantId)).toEqual([stored]);
  expect(await sensor.revisions.get(siteId, 1)).toEqual({ ok: true, value: shop });
});

test("every save adds a revision and leaves the earlier ones as they were", async () => {
  const { sensor, save } = await storeFixture();
  const { siteId } = accepted(await save(shop));
  expect(accepted(await save({ ...shop, maxBodySizeMb: 7 }, { siteId, basedOn: 1 })).revision).toBe(2);
  expect(accepted(await sensor.revisions.get(siteId, 1)).maxBodySizeMb).toBe(1);
  expect(accepted(await sensor.revisions.get(siteId, 2)).maxBodySizeMb).toBe(7);
  expect(codesOf(await sensor.revisions.get(siteId, 3))).toEqual(["revision.not-found"]);
});

test("a save based on an older revision is refused and told who saved what and when", async () => {
  const { store, tenantId, save } = await storeFixture();
  const { siteId } = accepted(await save(shop));
  accepted(await save(shop, { siteId, basedOn: 1, author: "ben" }));
  const late = await save({ ...shop, maxBodySizeMb: 9 }, { siteId, basedOn: 1 });
  expect(codesOf(late)).toEqual(["site.stale"]);
  expect(JSON.stringify(late)).toContain("ben saved revision 2 on 2026-11-23 at 10:00 UTC");
  expect((await store.sites.get(tenantId, siteId))?.revision).toBe(2);
});

test.each([null, 2, 0])("basedOn %s is refused while revision 1 is current", async (basedOn) => {
  const { save } = await storeFixture();
  const { siteId } = accepted(await save(shop));
  expect(codesOf(await save(shop, { siteId, basedOn }))).toEqual(["site.stale"]);
});

test("of two saves from the same revision one wins, also through two connections", async () => {
  const { dataDir, save, store, tenantId, now } = await storeFixture();
  const other = openConsoleStore(dataDir);
  const { siteId } = accepted(await save(shop));
  const rival = other.sites.save({ tenantId, siteId, basedOn: 1, site: shop, keys: [], author: "ben", address: null, now });
  const results = await Promise.all([save(shop, { siteId, basedOn: 1 }), rival]);
  expect(results.filter((result) => result.ok)).toHaveLength(1);
  expect((await store.sites.get(tenantId, siteId))?.revision).toBe(2);
  other.close();
});

test("a site is neither seen nor saved nor removed by another tenant", async () => {
  const { store, save, now } = await storeFixture();
  const { siteId } = accepted(await save(shop));
  expect(await store.sites.get("other", siteId)).toBeNull();
  expect(await store.sites.list("other")).toEqual([]);
  expect(codesOf(await save(shop, { siteId, basedOn: 1, tenantId: "other" }))).toEqual(["site.not-found"]);
  const removal = await store.sites.remove({ tenantId: "other", siteId, basedOn: 1, author: "eve", address: null, now });
  expect(codesOf(removal)).toEqual(["site.not-found"]);
});

test("a deleted site is gone from the list, keeps its revisions and cannot be saved again", async () => {
  const { store, sensor, tenantId, save, now } = await storeFixture();
  const { siteId } = accepted(await save(shop));
  const removal = { tenantId, siteId, basedOn: 1, author: "ben", address: null, now };
  expect(accepted(await store.sites.remove(removal)).revision).toBe(2);
  expect(await store.sites.list(tenantId)).toEqual([]);
  expect(accepted(await sensor.revisions.get(siteId, 1))).toEqual(shop);
  const again = await save(shop, { siteId, basedOn: 2 });
  expect(codesOf(again)).toEqual(["site.not-found"]);
  expect(JSON.stringify(again)).toContain("ben deleted this site");
});

test("content that cannot be read is a problem of its own site and leaves the list readable", async () => {
  const { dataDir, store, tenantId, save } = await storeFixture();
  const { siteId } = accepted(await save(shop));
  accepted(await save({ ...shop, hostName: "other.test" }));
  const database = openDatabase(`${dataDir}/console.db`, { isReadonly: false, busyTimeoutMs: 1_000 });
  database.orm.run(`UPDATE revisions SET content = '{"hostName":"shop.test"}' WHERE site_id = '${siteId}'`);
  database.close();
  const list = await store.sites.list(tenantId);
  expect(list.map((site) => codesOf(site.site)).sort()).toEqual([[], ["revision.unreadable"]]);
});

test("content of the wrong shape is refused under its field", async () => {
  const { save } = await storeFixture();
  const refused = await save({ ...shop, originHttpPort: 70_000 });
  expect(refused).toMatchObject({ ok: false, problems: [{ path: "originHttpPort", code: "site.shape" }] });
});
