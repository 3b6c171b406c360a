import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import type { AuditFilter, AuditHead } from "#lib/store/audit.ts";
import { type AuditGroup, actionsOf, auditActions, auditGroups } from "#lib/store/audit-actions.ts";
import { openConsoleStore } from "#lib/store/store.ts";
import { accepted, codesOf, storeFixture } from "#lib/store/store-fixture.ts";

const key = { id: "abc", publicKey: Buffer.alloc(32) };
const shop = { hostName: "shop.test" };

async function auditFixture() {
  const fixture = await storeFixture();
  const { store, tenantId } = fixture;
  const list = (filter: Partial<AuditFilter> = {}) => store.audit.list({ tenantId, hasGlobal: true, limit: 100, ...filter });
  return { ...fixture, list, actions: async (filter?: Partial<AuditFilter>) => (await list(filter)).map(({ action }) => action) };
}

test("every change of a site adds a row that says who, when, from where and what", async () => {
  const { store, tenantId, save, list, now } = await auditFixture();
  const { siteId } = accepted(await save(shop));
  accepted(await save({ ...shop, maxBodySizeMb: 7 }, { siteId, basedOn: 1, author: "ben", address: "192.0.2.7" }));
  accepted(await store.sites.remove({ tenantId, siteId, basedOn: 2, author: "ana", address: null, now }));
  const row = { tenantId, subject: siteId, at: now };
  expect((await list()).slice(0, 3)).toMatchObject([
    { ...row, action: "site.delete", actor: "ana", address: null, detail: { revision: 3, hostName: "shop.test" } },
    { ...row, action: "site.save", actor: "ben", address: "192.0.2.7", detail: { revision: 2, hostName: "shop.test" } },
    { ...row, action: "site.create", actor: "ana", address: "192.0.2.1", detail: { revision: 1, hostName: "shop.test" } },
  ]);
});

test("a refused change leaves no row", async () => {
  const { save, actions } = await auditFixture();
  accepted(await save(shop));
  const before = await actions();
  expect(codesOf(await save(shop))).toEqual(["site.name-taken"]);
  expect(await actions()).toEqual(before);
});

test("the first start, a switched feature and a keyring key taken into use are told of, the latter once", async () => {
  const { store, tenantId, actions, now } = await auditFixture();
  await store.features.set(tenantId, "site-config-mtls", false, { author: "ana", address: null, now });
  await store.keyring.record(key, { author: "launcher", address: null, now });
  await store.keyring.record(key, { author: "launcher", address: null, now });
  expect(await actions()).toEqual(["keyring.record", "feature.set", "feature.set", "tenant.create"]);
});

test("a tenant sees its own rows, and what concerns no single tenant only when asked for", async () => {
  const { store, save, actions, now } = await auditFixture();
  accepted(await save(shop));
  await store.keyring.record(key, { author: "launcher", address: null, now });
  expect(await actions({ tenantId: "another", hasGlobal: false })).toEqual([]);
  expect(await actions({ tenantId: "another" })).toEqual(["keyring.record"]);
  expect(await actions({ hasGlobal: false })).toEqual(["site.create", "feature.set", "tenant.create"]);
});

test("filters narrow by action, group of actions, time and any text as it stands", async () => {
  const { save, actions, now } = await auditFixture();
  const later = new Date(now.getTime() + 60_000);
  accepted(await save({ hostName: "100-percent.test" }));
  accepted(await save(shop, { author: "ben", address: "192.0.2.77", now: later }));
  expect(await actions({ actions: actionsOf("sites") })).toHaveLength(2);
  expect(await actions({ actions: ["site.delete"] })).toEqual([]);
  expect(await actions({ from: later, actions: ["site.create"] })).toHaveLength(1);
  expect(await actions({ until: later, actions: ["site.create"] })).toHaveLength(1);
  for (const search of ["BEN", "192.0.2.77", "shop.test", "tenant CREATED"]) expect(await actions({ search })).toHaveLength(1);
  for (const search of ["%", "100%", "\\", "shop_test"]) expect(await actions({ search })).toEqual([]);
});

test("every action belongs to a group", () => {
  const grouped = (Object.keys(auditGroups) as AuditGroup[]).flatMap(actionsOf);
  expect(grouped.toSorted()).toEqual(Object.keys(auditActions).toSorted());
});

test("a row whose detail was altered into nonsense leaves the others readable", async () => {
  const { dataDir, save, list } = await auditFixture();
  accepted(await save(shop));
  const client = new Sqlite(`${dataDir}/console.db`);
  client.exec("UPDATE audit_log SET detail = CASE id WHEN 1 THEN '{' ELSE '7' END WHERE id < 3");
  client.close();
  expect((await list()).map(({ detail }) => detail)).toMatchObject([{ hostName: "shop.test" }, { unreadable: "7" }, { unreadable: "{" }]);
});

test("pages follow each other without a gap", async () => {
  const { save, list } = await auditFixture();
  for (const name of ["a", "b", "c"]) accepted(await save({ hostName: `${name}.test` }));
  const first = await list({ limit: 2 });
  const rest = await list({ before: first.at(-1)?.id });
  expect([...first, ...rest]).toEqual(await list());
});

test("each committed row is announced with its hash, those of another process too, and a refusal announces nothing", async () => {
  const { dataDir, save, tenantId, list, now } = await auditFixture();
  const heard: AuditHead[] = [];
  const store = openConsoleStore(dataDir, (head) => heard.push(head));
  const setFeature = () => store.features.set(tenantId, "site-config-mtls", true, { author: "ana", address: null, now });
  await setFeature();
  accepted(await save(shop));
  await setFeature();
  await expect(store.features.set("nobody", "site-config-mtls", true, { author: "ana", address: null, now })).rejects.toThrow();
  const rows = (await list()).slice(0, 3).reverse();
  expect(heard).toEqual(rows.map(({ id, hash, action }) => ({ id, hash, action })));
  store.close();
});
