import { expect, test } from "vitest";
import { loadAuditPage } from "#lib/console/audit-entries.ts";
import { readAuditQuery } from "#lib/console/audit-query.ts";
import { consoleFixture } from "#lib/console/console-fixture.ts";
import { exportAudit } from "#lib/console/export-audit.ts";
import { newSite } from "#lib/site/schema.ts";
import { accepted, codesOf } from "#lib/store/store-fixture.ts";

const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

async function fixture() {
  const { context, store } = await consoleFixture();
  const base = { ...newSite, hostName: "shop.test", origin: "127.0.0.1" };
  const change = { tenantId: context.tenant.id, siteId: "one", author: "ana", address: null, now: context.now, keys: [] };
  accepted(await store.sites.save({ ...change, basedOn: null, site: base }));
  const guarded = { ...base, origin: "127.0.0.2", isSslEnabled: true, isDownstreamMtls: true, downstreamMtlsCredentials: pem };
  accepted(await store.sites.save({ ...change, basedOn: 1, site: guarded }));
  const query = readAuditQuery(new URLSearchParams());
  const page = async (hasMtlsFeature: boolean) => (await loadAuditPage({ ...context, hasMtlsFeature }, query)).entries[0];
  const csv = (hasMtlsFeature: boolean) => exportAudit(new Request("http://console.test/"), { ...context, hasMtlsFeature }).text();
  const switchOff = () =>
    store.features.set(context.tenant.id, "site-config-mtls", false, { author: "ana", address: null, now: context.now });
  const saveStale = () => store.sites.save({ ...change, basedOn: 1, site: { ...base, origin: "127.0.0.3" } });
  return { page, csv, switchOff, saveStale };
}

test("with the feature the audit log names what was changed in the mTLS settings", async () => {
  const { page, csv } = await fixture();
  expect((await page(true))?.details).toEqual(expect.arrayContaining(["Downstream mTLS on", "1 CA added", "Origin 127.0.0.1 → 127.0.0.2"]));
  expect(await csv(true)).toContain("Downstream mTLS on");
});

test("without it neither page nor file does, only that they were changed, and the rest is named", async () => {
  const { page, csv } = await fixture();
  const entry = await page(false);
  expect(entry?.details).toEqual(expect.arrayContaining(["mTLS settings, which this tenant does not see", "Origin 127.0.0.1 → 127.0.0.2"]));
  expect(JSON.stringify(entry)).not.toMatch(/Downstream|CA added/);
  expect(entry?.items).toEqual([]);
  expect(await csv(false)).not.toMatch(/Downstream|CA added/);
});

test("a save that comes too late is told no more than that either", async () => {
  const { saveStale, switchOff } = await fixture();
  const before = await saveStale();
  expect(codesOf(before)).toEqual(["site.stale"]);
  expect(JSON.stringify(before)).toContain("Downstream mTLS on");
  await switchOff();
  const after = JSON.stringify(await saveStale());
  expect(after).toContain("mTLS settings, which this tenant does not see");
  expect(after).not.toMatch(/Downstream|CA added/);
});
