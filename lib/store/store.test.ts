import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newSite } from "#lib/site/schema.ts";
import { migrateDatabases } from "#lib/store/migrate.ts";
import { newSiteId, openConsoleStore, openSensorStore } from "#lib/store/store.ts";

let dataDir = "";
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), "tessera-store-"));
  migrateDatabases(dataDir);
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

test("a saved site is read back by console and sensor", async () => {
  const store = openConsoleStore(dataDir);
  const sensor = openSensorStore(dataDir);
  const [tenant] = await store.tenants.list();
  expect(tenant?.name).toBe("Default");
  const tenantId = tenant?.id ?? "";
  expect(await store.features.isOn(tenantId, "site-config-mtls")).toBe(true);
  expect(await sensor.changes.hasMoved()).toBe(true);
  expect(await sensor.changes.hasMoved()).toBe(false);
  const siteId = newSiteId();
  const site = { ...newSite, hostName: "shop.test", origin: "127.0.0.1" };
  const saved = await store.sites.save({ tenantId, siteId, basedOn: null, site, keys: [], author: "ana", now: new Date() });
  expect(saved).toEqual({ ok: true, value: { siteId, revision: 1 } });
  expect(await sensor.changes.hasMoved()).toBe(true);
  const changes = await sensor.changes.since(0);
  expect(changes).toMatchObject({ changeNumber: 1, isWhole: true, sites: [{ siteId, revision: 1, site: { ok: true, value: site } }] });
  store.close();
  sensor.close();
});
