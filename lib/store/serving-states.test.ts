import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { error } from "#lib/site/problem.ts";
import { migrateDatabases } from "#lib/store/migrate.ts";
import { openSensorStore } from "#lib/store/store.ts";
import { accepted, storeFixture } from "#lib/store/store-fixture.ts";

async function servedSite() {
  const fixture = await storeFixture();
  const { siteId } = accepted(await fixture.save({ hostName: "shop.test" }));
  const { sensor, store, tenantId, now } = fixture;
  const beat = (at: Date) =>
    sensor.heartbeat({ id: "main", startedAt: at, at, version: "0.1.0", appliedChangeNumber: 1, lastError: null, keyIds: [] });
  const state = async (at = now) => (await store.servingStates(tenantId, [siteId], at))[0];
  const acknowledge = (revision: number, isServing = true, fallbackRevision: number | null = null) =>
    sensor.acknowledgements.record({
      siteId,
      revision,
      state: isServing ? "serving" : "rejected",
      problems: isServing ? [] : [error("sslCredentials", "key.mismatch", "No.")],
      fallbackRevision,
      at: now,
    });
  return { ...fixture, siteId, beat, state, acknowledge };
}

test("a revision waits until a living sensor has answered for it", async () => {
  const { siteId, now, beat, state, acknowledge } = await servedSite();
  const waiting = {
    siteId,
    revision: 1,
    state: "waiting",
    servingRevision: null,
    problems: [],
    servedAt: null,
    lastSeenAt: null,
    savedAt: now,
  };
  expect(await state()).toEqual(waiting);
  await beat(now);
  expect(await state()).toEqual({ ...waiting, lastSeenAt: now });
  await acknowledge(1);
  expect(await state()).toEqual({ ...waiting, state: "serving", servingRevision: 1, servedAt: now, lastSeenAt: now });
});

test("a sensor silent for more than 3 s is waited for", async () => {
  const { now, beat, state, acknowledge } = await servedSite();
  await beat(now);
  await acknowledge(1);
  expect((await state(new Date(now.getTime() + 3_000)))?.state).toBe("serving");
  expect(await state(new Date(now.getTime() + 3_001))).toMatchObject({ state: "waiting", lastSeenAt: now });
});

test("a rejected revision is not serving, says why and names what serves instead", async () => {
  const { siteId, save, now, beat, state, acknowledge } = await servedSite();
  await beat(now);
  await acknowledge(1);
  accepted(await save({ hostName: "shop.test" }, { siteId, basedOn: 1 }));
  expect(await state()).toMatchObject({ revision: 2, state: "waiting", servingRevision: 1 });
  await acknowledge(2, false, 1);
  expect(await state()).toMatchObject({ state: "not-serving", servingRevision: 1, problems: [{ code: "key.mismatch" }] });
});

test("the newest serving revision is known after a restart, and a later word on it counts", async () => {
  const { dataDir, siteId, sensor, acknowledge } = await servedSite();
  expect(await sensor.acknowledgements.newestServing(siteId)).toBeNull();
  for (const revision of [1, 2, 10, 9]) await acknowledge(revision);
  await acknowledge(11, false, 10);
  sensor.close();
  const restarted = openSensorStore(dataDir);
  expect(await restarted.acknowledgements.newestServing(siteId)).toBe(10);
  await acknowledge(10, false, 9);
  expect(await restarted.acknowledgements.newestServing(siteId)).toBe(9);
  restarted.close();
});

test("all sites of the tenant are answered for when none is named, deleted ones never", async () => {
  const { store, tenantId, siteId, save, now } = await servedSite();
  const other = accepted(await save({ hostName: "other.test" })).siteId;
  expect((await store.servingStates(tenantId)).map((site) => site.siteId).sort()).toEqual([siteId, other].sort());
  accepted(await store.sites.remove({ tenantId, siteId: other, basedOn: 1, author: "ana", address: null, now }));
  expect(await store.servingStates(tenantId, [other, siteId])).toHaveLength(1);
  expect(await store.servingStates("other")).toEqual([]);
});

test("without sensor.db everything waits, and it is read once it is there", async () => {
  const { dataDir, sensor, now, beat, state, acknowledge } = await servedSite();
  sensor.close();
  rmSync(`${dataDir}/sensor.db`);
  expect((await state())?.state).toBe("waiting");
  migrateDatabases(dataDir);
  await beat(now);
  await acknowledge(1);
  expect((await state())?.state).toBe("serving");
});
