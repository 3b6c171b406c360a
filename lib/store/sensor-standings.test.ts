import { expect, test } from "vitest";
import { accepted, heartbeatAt, storeFixture } from "#lib/store/store-fixture.ts";

const day = 86_400_000;

async function fixture() {
  const stores = await storeFixture();
  const at = (seconds: number) => new Date(stores.now.getTime() + seconds * 1_000);
  const standing = async () => (await stores.store.sensorStandings())[0];
  return { ...stores, at, standing };
}

test("no sensor is on record before one ran", async () => {
  const { store } = await fixture();
  expect(await store.sensorStandings()).toEqual([]);
});

test("a sensor lags by what was saved before its last sign of life and is not applied", async () => {
  const { sensor, save, at, standing } = await fixture();
  accepted(await save({ hostName: "a.test" }));
  await sensor.heartbeat(heartbeatAt(at(5), { appliedChangeNumber: 1 }));
  expect(await standing()).toMatchObject({ newestChangeNumber: 1, behind: null });
  for (const [index, hostName] of ["b.test", "c.test"].entries()) accepted(await save({ hostName }, { now: at(10 + index) }));
  expect((await standing())?.behind, "its last sign says nothing about what was saved since").toBeNull();
  await sensor.heartbeat(heartbeatAt(at(10.9), { appliedChangeNumber: 1 }));
  expect((await standing())?.behind, "a save takes its time").toBeNull();
  await sensor.heartbeat(heartbeatAt(at(14), { appliedChangeNumber: 1 }));
  expect((await standing())?.behind).toEqual({ changes: 2, since: at(10) });
  await sensor.heartbeat(heartbeatAt(at(15), { appliedChangeNumber: 3 }));
  expect((await standing())?.behind).toBeNull();
});

test("a sensor that is gone stays on record, the last one heard of first, until another has lived a week longer", async () => {
  const { store, sensor, now } = await fixture();
  const ids = async () => (await store.sensorStandings()).map(({ id }) => id);
  await sensor.heartbeat(heartbeatAt(now, { id: "old" }));
  await sensor.heartbeat(heartbeatAt(new Date(now.getTime() + 7 * day), { id: "new" }));
  expect(await ids()).toEqual(["new", "old"]);
  await sensor.heartbeat(heartbeatAt(new Date(now.getTime() + 7 * day + 1), { id: "new" }));
  expect(await ids()).toEqual(["new"]);
});
