import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { loadSensors } from "#lib/console/sensors.ts";
import type { Heartbeat } from "#lib/store/heartbeats.ts";
import { accepted, heartbeatAt, storeFixture } from "#lib/store/store-fixture.ts";

async function fixture() {
  const stores = await storeFixture();
  const { store, sensor, now } = stores;
  const load = (isChannelAdmin = true, at = now) => loadSensors({ store, now: at, person: { isChannelAdmin, memberships: [] } });
  const beat = (changes: Partial<Heartbeat> = {}) => sensor.heartbeat(heartbeatAt(now, changes));
  return { ...stores, load, beat };
}

const ago = (at: Date, ms: number) => new Date(at.getTime() - ms);

test.each<[state: string, changes: (now: Date) => Partial<Heartbeat>]>([
  ["up-to-date", () => ({})],
  ["short", () => ({ workersWanted: 2 })],
  ["faulty", (now) => ({ workersWanted: 2, lastError: "No.", lastErrorAt: now })],
  ["up-to-date", (now) => ({ lastError: "No.", lastErrorAt: now, isErrorOver: true })],
  ["behind", (now) => ({ appliedChangeNumber: 0, lastError: "No.", lastErrorAt: now })],
  ["no-workers", (now) => ({ workersServing: 0, servingAt: now, appliedChangeNumber: 0 })],
  ["silent", (now) => ({ at: ago(now, 3_001), workersServing: 0 })],
  ["stopped", (now) => ({ at: ago(now, 60_000), stoppedAt: ago(now, 60_000) })],
])("the gravest thing is said first: %s", async (state, changes) => {
  const { save, now, load, beat } = await fixture();
  accepted(await save({ hostName: "shop.test" }, { now: ago(now, 4_000) }));
  await beat(changes(now));
  expect((await load()).sensors).toEqual([expect.objectContaining({ state })]);
});

test("figures are for Channel Admins: others are sent neither counts of all tenants nor what is about the machine", async () => {
  const { save, now, load, beat } = await fixture();
  accepted(await save({ hostName: "shop.test" }, { now: ago(now, 4_000) }));
  await beat({ id: "host-17", appliedChangeNumber: 0, connections: 4_711, lastError: "In /var/lib.", lastErrorAt: now });
  expect((await load()).sensors?.[0]?.figures).toEqual({
    name: "host-17",
    version: "0.1.0",
    workers: { wanted: 1, serving: 1, lost: 0 },
    changes: { applied: 0, newest: 1, behind: 1 },
    connections: 4_711,
    lastError: { message: "In /var/lib.", at: now.toISOString(), isOver: false },
  });
  const [seen, ...rest] = (await load(false)).sensors ?? [];
  expect(rest).toEqual([]);
  expect(seen).toEqual({
    state: "behind",
    startedAt: now.toISOString(),
    lastSeenAt: now.toISOString(),
    behindSince: ago(now, 4_000).toISOString(),
    figures: null,
  });
});

test("a site whose current revision was rejected is named to those who may see it, until it serves", async () => {
  const { store, sensor, save, tenantId, now, load, beat } = await fixture();
  await beat({ appliedChangeNumber: 3 });
  const acknowledge = (siteId: string, revision: number, state: "serving" | "rejected", fallbackRevision: number | null = null) =>
    sensor.acknowledgements.record({ siteId, revision, state, problems: [], fallbackRevision, at: now });
  const { siteId } = accepted(await save({ hostName: "shop.test", isWildcard: true }));
  await acknowledge(siteId, 1, "serving");
  accepted(await save({ hostName: "shop.test" }, { siteId, basedOn: 1 }));
  await acknowledge(siteId, 2, "rejected", 1);
  const { siteId: other } = accepted(await save({ hostName: "api.test" }));
  await acknowledge(other, 1, "rejected");
  const shop = { siteId, hostName: "shop.test", revision: 2, servingRevision: 1 };
  const api = { siteId: other, hostName: "api.test", revision: 1, servingRevision: null };
  expect((await load()).rejected).toEqual({ count: 2, named: [api, shop] });
  expect((await load(false)).rejected, "a stranger to the tenant").toEqual({ count: 0, named: [] });
  const member = { isChannelAdmin: false, memberships: [{ tenantId, tenantName: "Default", role: "Read-Only" as const }] };
  expect((await loadSensors({ store, now, person: member })).rejected.count).toBe(2);

  accepted(await save({ hostName: "shop.test" }, { siteId, basedOn: 2 }));
  expect((await load()).rejected.named, "the revision that was rejected is not the current one any more").toEqual([api]);
  await acknowledge(other, 1, "serving");
  expect((await load()).rejected.count).toBe(0);
});

test("of many rejected sites ten are named, and all are counted", async () => {
  const { sensor, save, now, load } = await fixture();
  for (let number = 0; number < 12; number += 1) {
    const { siteId } = accepted(await save({ hostName: `shop-${number}.test` }));
    await sensor.acknowledgements.record({ siteId, revision: 1, state: "rejected", problems: [], fallbackRevision: null, at: now });
  }
  const { count, named } = (await load()).rejected;
  expect([count, named.length]).toEqual([12, 10]);
});

test("no sensor ever is told apart from not knowing", async () => {
  const { dataDir, sensor, load } = await fixture();
  expect((await load()).sensors).toEqual([]);
  sensor.close();
  rmSync(`${dataDir}/sensor.db`);
  expect((await load()).sensors).toBeNull();
});
