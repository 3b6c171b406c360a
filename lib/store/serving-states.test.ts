import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { error } from "#lib/site/problem.ts";
import type { Heartbeat } from "#lib/store/heartbeats.ts";
import { migrateDatabases } from "#lib/store/migrate.ts";
import { openSensorStore } from "#lib/store/store.ts";
import { accepted, heartbeatAt, storeFixture } from "#lib/store/store-fixture.ts";

async function servedSite() {
  const fixture = await storeFixture();
  const { siteId } = accepted(await fixture.save({ hostName: "shop.test" }));
  const { sensor, store, tenantId, now } = fixture;
  const beat = (at: Date, changes: Partial<Heartbeat> = {}) => sensor.heartbeat(heartbeatAt(at, changes));
  const state = async (at = now) => (await store.servingStates(tenantId, [siteId], at))[0];
  const acknowledge = (revision: number, isServing = true, fallbackRevision: number | null = null, at = now) =>
    sensor.acknowledgements.record({
      siteId,
      revision,
      state: isServing ? "serving" : "rejected",
      problems: isServing ? [] : [error("sslCredentials", "key.mismatch", "No.")],
      fallbackRevision,
      at,
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
    isSensorAlive: false,
    savedAt: now,
  };
  expect(await state()).toEqual(waiting);
  await beat(now);
  const seen = { ...waiting, lastSeenAt: now, isSensorAlive: true };
  expect(await state()).toEqual(seen);
  await acknowledge(1);
  expect(await state()).toEqual({ ...seen, state: "serving", servingRevision: 1, servedAt: now });
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
  expect(await state()).toMatchObject({ state: "waiting", isSensorAlive: null });
  migrateDatabases(dataDir);
  await beat(now);
  await acknowledge(1);
  expect((await state())?.state).toBe("serving");
});

test("a sensor without a worker, or one that was asked to stop, is waited for at once", async () => {
  const { now, beat, state, acknowledge } = await servedSite();
  await beat(now);
  await acknowledge(1);
  const later = new Date(now.getTime() + 4_000);
  await beat(later, { servingAt: now, workersServing: 0 });
  expect(await state(later)).toMatchObject({ state: "waiting", isSensorAlive: false, lastSeenAt: now });
  await beat(later);
  expect((await state(later))?.state).toBe("serving");
  await beat(later, { stoppedAt: later });
  expect(await state(later)).toMatchObject({ state: "waiting", isSensorAlive: false, lastSeenAt: later });
});

test("a word that is said again keeps the time at which it was said first, another word does not", async () => {
  const { now, beat, state, acknowledge } = await servedSite();
  const at = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
  await beat(now);
  await acknowledge(1, true, null, at(1));
  await acknowledge(1, true, null, at(900));
  expect((await state())?.servedAt).toEqual(at(1));
  await acknowledge(1, false, null, at(901));
  await acknowledge(1, true, null, at(902));
  expect((await state())?.servedAt).toEqual(at(902));
});

test("the mark stays while nothing changes and moves with a save, a word, a sensor’s silence, its return and a lost file", async () => {
  const { dataDir, store, sensor, siteId, save, now, beat, acknowledge } = await servedSite();
  const at = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
  const marks: string[] = [];
  const look = async (seconds: number) => marks.push(await store.servingMark(at(seconds)));
  await beat(now);
  await look(0);
  await beat(at(1));
  await look(1);
  expect(marks[1], "a sign of life alone").toBe(marks[0]);
  accepted(await save({ hostName: "shop.test" }, { siteId, basedOn: 1 }));
  await look(1);
  await acknowledge(2);
  await look(1);
  await acknowledge(2, false, 1);
  await look(1);
  await look(9);
  await look(10);
  expect(marks.at(-1), "silence alone").toBe(marks.at(-2));
  await beat(at(10));
  await acknowledge(2);
  await look(10);
  sensor.close();
  rmSync(`${dataDir}/sensor.db`);
  await look(10);
  migrateDatabases(dataDir);
  await beat(at(10));
  await look(10);
  expect(new Set(marks).size).toBe(marks.length - 2);
});
