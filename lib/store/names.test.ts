import { expect, test } from "vitest";
import { openDatabase } from "#lib/store/database.ts";
import { reservationMs } from "#lib/store/names.ts";
import { accepted, codesOf, storeFixture } from "#lib/store/store-fixture.ts";
import { addTenant } from "#lib/store/tenants.ts";

/** `*.shop.test` stands for the site shop.test with its wildcard on. */
function named(name: string): { hostName: string; isWildcard: boolean } {
  return { hostName: name.replace(/^\*\./, ""), isWildcard: name.startsWith("*.") };
}

async function twoTenants() {
  const fixture = await storeFixture();
  const database = openDatabase(`${fixture.dataDir}/console.db`, { isReadonly: false, busyTimeoutMs: 1_000 });
  database.orm.transaction((tx) => {
    for (const id of ["0-before", "z-after"]) addTenant(tx, { id, name: id }, { author: "launcher", address: null, now: fixture.now });
  });
  database.close();
  return fixture;
}

const cases: [first: string, second: string, inSameTenant: "free" | "taken", inAnother: "free" | "taken"][] = [
  ["shop.test", "shop.test", "taken", "taken"],
  ["shop.test", "SHOP.test.", "taken", "taken"],
  ["shop.test", "www.shop.test", "free", "free"],
  ["shop.test", "*.shop.test", "taken", "taken"],
  ["*.shop.test", "shop.test", "taken", "taken"],
  ["*.shop.test", "*.shop.test", "taken", "taken"],
  ["*.shop.test", "www.shop.test", "free", "taken"],
  ["www.shop.test", "*.shop.test", "free", "taken"],
  ["*.shop.test", "a.www.shop.test", "free", "free"],
  ["*.shop.test", "*.www.shop.test", "free", "taken"],
  ["*.www.shop.test", "*.shop.test", "free", "taken"],
  ["*.shop.test", "*.a.www.shop.test", "free", "free"],
  ["shop.test", "xshop.test", "free", "free"],
];

test.each(cases)("beside %s stands %s: %s in the same tenant, %s in another", async (first, second, inSameTenant, inAnother) => {
  const { save } = await twoTenants();
  const codes = { free: [], taken: ["site.name-taken"] };
  for (const tenantId of ["0-before", "z-after", undefined]) {
    const under = (name: string) => named(name.replace(/shop/i, `$&-${tenantId ?? "own"}`));
    accepted(await save(under(first)));
    const saved = await save(under(second), tenantId ? { tenantId } : {});
    expect(codesOf(saved)).toEqual(codes[tenantId ? inAnother : inSameTenant]);
  }
});

test("a refused name leaves nothing behind: no site, no revision, no change", async () => {
  const { store, sensor, tenantId, save } = await storeFixture();
  accepted(await save(named("shop.test")));
  expect(await save(named("shop.test"))).toMatchObject({
    ok: false,
    problems: [{ path: "hostName", message: "This name is not available." }],
  });
  expect(await store.sites.list(tenantId)).toHaveLength(1);
  expect((await sensor.changes.since(0)).changeNumber).toBe(1);
});

test("a deleted site's names stay with its tenant for 30 days and are anybody's then", async () => {
  const { store, tenantId, save, now } = await twoTenants();
  const { siteId } = accepted(await save(named("*.shop.test")));
  accepted(await store.sites.remove({ tenantId, siteId, basedOn: 1, author: "ana", address: null, now }));
  const other = { tenantId: "z-after" };
  const later = (ms: number) => ({ now: new Date(now.getTime() + ms) });
  expect(codesOf(await save(named("shop.test"), { ...other, ...later(reservationMs - 1) }))).toEqual(["site.name-taken"]);
  expect(codesOf(await save(named("www.shop.test"), { ...other, ...later(reservationMs - 1) }))).toEqual(["site.name-taken"]);
  expect(codesOf(await save(named("*.shop.test"), { ...other, ...later(reservationMs) }))).toEqual([]);
});

test("the tenant itself may take a deleted name again at once, and the old deletion does not free it later", async () => {
  const { store, tenantId, save, now } = await twoTenants();
  const { siteId } = accepted(await save(named("shop.test")));
  accepted(await store.sites.remove({ tenantId, siteId, basedOn: 1, author: "ana", address: null, now }));
  accepted(await save(named("shop.test")));
  const late = { tenantId: "z-after", now: new Date(now.getTime() + 2 * reservationMs) };
  expect(codesOf(await save(named("shop.test"), late))).toEqual(["site.name-taken"]);
});

test("a wildcard that is switched off stays reserved to the tenant, and can be switched on again", async () => {
  const { save } = await twoTenants();
  const { siteId } = accepted(await save(named("*.shop.test")));
  accepted(await save(named("shop.test"), { siteId, basedOn: 1 }));
  expect(codesOf(await save(named("www.shop.test"), { tenantId: "z-after" }))).toEqual(["site.name-taken"]);
  accepted(await save(named("*.shop.test"), { siteId, basedOn: 2 }));
});
