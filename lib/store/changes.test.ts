import { copyFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { openSensorStore } from "#lib/store/store.ts";
import { accepted, storeFixture } from "#lib/store/store-fixture.ts";

test("change numbers count up across sites, and a reader gets only what changed since its own", async () => {
  const { sensor, save } = await storeFixture();
  const first = accepted(await save({ hostName: "one.test" })).siteId;
  const second = accepted(await save({ hostName: "two.test" })).siteId;
  expect((await sensor.changes.since(0)).sites.map((site) => site.changeNumber).sort()).toEqual([1, 2]);
  accepted(await save({ hostName: "one.test", maxBodySizeMb: 3 }, { siteId: first, basedOn: 1 }));
  const changes = await sensor.changes.since(2);
  expect(changes).toMatchObject({ changeNumber: 3, isWhole: false, sites: [{ siteId: first, revision: 2, changeNumber: 3 }] });
  expect((await sensor.changes.since(3)).sites).toEqual([]);
  expect((await sensor.changes.since(1)).sites.map((site) => site.siteId).sort()).toEqual([first, second].sort());
});

test("a deletion is a change that says so, and of deleted sites who reads all hears nothing", async () => {
  const { dataDir, store, sensor, tenantId, save, now } = await storeFixture();
  const { siteId } = accepted(await save({ hostName: "one.test" }));
  expect((await sensor.changes.since(0)).sites).toHaveLength(1);
  accepted(await store.sites.remove({ tenantId, siteId, basedOn: 1, author: "ana", address: null, now }));
  expect((await sensor.changes.since(1)).sites).toMatchObject([{ siteId, revision: 2, isDeleted: true }]);
  const another = openSensorStore(dataDir);
  expect(await another.changes.since(null)).toMatchObject({ changeNumber: 2, isWhole: true, sites: [] });
  another.close();
});

test("the first site of a store that was read empty is a change like any other", async () => {
  const { sensor, save } = await storeFixture();
  expect(await sensor.changes.since(null)).toEqual({ changeNumber: 0, isWhole: true, sites: [] });
  accepted(await save({ hostName: "one.test" }));
  expect(await sensor.changes.since(0)).toMatchObject({ isWhole: false, sites: [{ committedAt: expect.any(Date) }] });
});

test("changes come with the names that each site has now, in their order, also where all are read", async () => {
  const { sensor, save } = await storeFixture();
  const one = accepted(await save({ hostName: "one.test", isWildcard: true })).siteId;
  const two = accepted(await save({ hostName: "two.test" })).siteId;
  accepted(await save({ hostName: "one.test" }, { siteId: one, basedOn: 1 }));
  const all = (await sensor.changes.since(null)).sites.map(({ siteId, names, committedAt }) => [siteId, names, committedAt]);
  expect(all).toEqual([
    [two, ["two.test"], null],
    [one, ["one.test"], null],
  ]);
  expect((await sensor.changes.since(2)).sites).toMatchObject([{ siteId: one, names: ["one.test"], committedAt: expect.any(Date) }]);
});

test("hasMoved is true at first, then only after somebody else committed", async () => {
  const { sensor, save } = await storeFixture();
  expect(await sensor.changes.hasMoved()).toBe(true);
  expect(await sensor.changes.hasMoved()).toBe(false);
  accepted(await save({ hostName: "one.test" }));
  expect(await sensor.changes.hasMoved()).toBe(true);
  expect(await sensor.changes.hasMoved()).toBe(false);
});

test("a refused save moves nothing", async () => {
  const { sensor, save } = await storeFixture();
  accepted(await save({ hostName: "one.test" }));
  await sensor.changes.hasMoved();
  await save({ hostName: "one.test" });
  expect(await sensor.changes.hasMoved()).toBe(false);
});

test.each([2, 1, 0])("a restored older database is noticed and read whole by a reader that holds change %i", async (held) => {
  const { dataDir, store, sensor, save } = await storeFixture();
  const file = path.join(dataDir, "console.db");
  accepted(await save({ hostName: "one.test" }));
  store.close();
  copyFileSync(file, `${file}.backup`);
  accepted(await save({ hostName: "two.test" }));
  expect((await sensor.changes.since(0)).changeNumber).toBe(2);
  await sensor.changes.hasMoved();
  store.close();
  renameSync(`${file}.backup`, file);
  for (const side of ["-wal", "-shm"]) rmSync(file + side, { force: true });
  expect(await sensor.changes.hasMoved()).toBe(true);
  const changes = await sensor.changes.since(held);
  expect(changes).toMatchObject({ changeNumber: 1, isWhole: true });
  expect(changes.sites).toHaveLength(1);
});
