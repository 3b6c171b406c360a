import { expect, test } from "vitest";
import { createAuthority, createServer } from "#e2e/pki/authority.ts";
import { consoleFixture, draftOf } from "#lib/console/console-fixture.ts";
import { saveSite } from "#lib/console/save-site.ts";
import type { SiteColumn, SiteQuery } from "#lib/console/site-query.ts";
import { loadSitePage } from "#lib/console/site-rows.ts";
import { refuse } from "#lib/site/problem.ts";
import { newSite, type Site } from "#lib/site/schema.ts";
import { accepted, heartbeatAt } from "#lib/store/store-fixture.ts";

const day = 86_400_000;
const first: SiteQuery = { search: "", column: "site", isDescending: false, page: 1 };

test.each([
  ["of its clients", { isOriginVerified: false }, "Client CA"],
  ["of its origin, when that is verified", { isOriginVerified: true }, "Origin CA"],
])("a row tells TLS, mTLS and that the CA %s runs out first", async (_, changes, label) => {
  const { context } = await consoleFixture();
  const root = await createAuthority({ notAfter: new Date(Date.now() + 20 * day) });
  const originCa = await createAuthority({ notAfter: new Date(Date.now() + 5 * day) });
  const draft = draftOf({
    isSslEnabled: true,
    sslCredentials: { change: "replace", text: (await createServer(root, ["shop.test"])).bundle },
    isDownstreamMtls: true,
    downstreamMtlsCredentials: root.certificate,
    originCaCertificates: originCa.certificate,
    ...changes,
  });
  accepted(await saveSite({ siteId: null, basedOn: null, draft }, context));
  const [row] = (await loadSitePage(context, first)).rows;
  expect(row).toMatchObject({
    hostName: "shop.test",
    isSslEnabled: true,
    isDownstreamMtls: true,
    caCount: 1,
    isUpstreamMtls: false,
    revision: 1,
  });
  expect(row).toMatchObject({
    isUnreadable: false,
    firstExpiry: { label },
    areCertificatesKnown: true,
    serving: { state: "waiting", servingRevision: null },
  });
});

test("a site whose content cannot be read does not take the others off the list", async () => {
  const { context, store } = await consoleFixture();
  for (const hostName of ["shop.test", "damaged.test"])
    accepted(await saveSite({ siteId: null, basedOn: null, draft: draftOf({ hostName }) }, context));
  const list = async (tenantId: string, siteIds?: readonly string[]) =>
    (await store.sites.list(tenantId, siteIds)).map((stored) =>
      stored.site.ok && stored.site.value.hostName === "damaged.test" ? { ...stored, site: refuse() } : stored,
    );
  const damaged = { ...context, store: { ...store, sites: { ...store.sites, list } } };
  const { rows } = await loadSitePage(damaged, { ...first, isDescending: true });
  expect(rows.map(({ hostName, isUnreadable }) => ({ hostName, isUnreadable }))).toEqual([
    { hostName: "shop.test", isUnreadable: false },
    { hostName: "", isUnreadable: true },
  ]);
});

async function filled(sites: Partial<Site>[]) {
  const fixture = await consoleFixture();
  const { context, store } = fixture;
  const change = { tenantId: context.tenant.id, basedOn: null, author: "ana", address: null, now: context.now, keys: [] };
  for (const site of sites)
    accepted(await store.sites.save({ ...change, siteId: site.hostName ?? "", site: { ...newSite, origin: "127.0.0.1", ...site } }));
  const names = async (query: Partial<SiteQuery>) =>
    (await loadSitePage(context, { ...first, ...query })).rows.map(({ hostName }) => hostName);
  return { ...fixture, names };
}

test.each<[SiteColumn, boolean, string[]]>([
  ["site", false, ["a.test", "b.test", "c.test"]],
  ["site", true, ["c.test", "b.test", "a.test"]],
  ["tls", false, ["b.test", "c.test", "a.test"]],
  ["mtls", false, ["b.test", "c.test", "a.test"]],
  ["mtls", true, ["a.test", "c.test", "b.test"]],
  ["serving", false, ["b.test", "c.test", "a.test"]],
])("orders by %s, descending %s, and equal ones by name", async (column, isDescending, expected) => {
  const { context, sensor, names } = await filled([
    { hostName: "c.test", isSslEnabled: true, isUpstreamMtls: true },
    { hostName: "a.test" },
    { hostName: "b.test", isSslEnabled: true, isDownstreamMtls: true },
  ]);
  await sensor.heartbeat(heartbeatAt(context.now));
  for (const [siteId, state] of [
    ["b.test", "rejected"],
    ["a.test", "serving"],
  ] as const)
    await sensor.acknowledgements.record({ siteId, revision: 1, state, problems: [], fallbackRevision: null, at: context.now });
  expect(await names({ column, isDescending })).toEqual(expected);
});

test("orders by what runs out first, sites without certificates last, and follows a save", async () => {
  const { context } = await consoleFixture();
  const until = (days: number) => ({ notAfter: new Date(Date.now() + days * day) });
  const authority = await createAuthority();
  const save = async (hostName: string, days: number, saved: { siteId: string | null; basedOn: number | null }) => {
    const text = (await createServer(authority, [hostName], until(days))).bundle;
    const draft = draftOf({ hostName, isSslEnabled: true, sslCredentials: { change: "replace", text } });
    return accepted(await saveSite({ ...saved, draft }, context)).siteId;
  };
  const isNew = { siteId: null, basedOn: null };
  accepted(await saveSite({ ...isNew, draft: draftOf({ hostName: "a.test" }) }, context));
  const siteId = await save("b.test", 60, isNew);
  await save("c.test", 30, isNew);
  const byExpiry = async () => (await loadSitePage(context, { ...first, column: "expires" })).rows.map(({ hostName }) => hostName);
  expect(await byExpiry()).toEqual(["c.test", "b.test", "a.test"]);
  await save("b.test", 10, { siteId, basedOn: 1 });
  expect(await byExpiry()).toEqual(["b.test", "c.test", "a.test"]);
});

test.each([
  ["B.TE", ["b.test"]],
  ["*.c", ["c.test"]],
  [" ", ["a.test", "b.test", "c.test"]],
  ["%", []],
  ["nothing", []],
])("the search “%s” finds host names and wildcards", async (search, expected) => {
  const { names } = await filled([{ hostName: "b.test" }, { hostName: "c.test", isWildcard: true }, { hostName: "a.test" }]);
  expect(await names({ search })).toEqual(expected);
  expect(await names({ search, column: "tls" }), "the same in another order").toEqual(expected);
});

test("a long list comes in pages of fifty, and past the last page is the last one", async () => {
  const { context, names } = await filled(Array.from({ length: 51 }, (_, number) => ({ hostName: `s${100 + number}.test` })));
  expect(await names({})).toEqual(Array.from({ length: 50 }, (_, number) => `s${100 + number}.test`));
  expect(await names({ page: 2, column: "tls" }), "in another order too").toEqual(["s150.test"]);
  const last = await loadSitePage(context, { ...first, page: 9 });
  expect(last).toMatchObject({ page: 2, pages: 2, from: 51, found: 51, rows: [{ hostName: "s150.test" }] });
  expect(await loadSitePage(context, { ...first, search: "nothing" })).toMatchObject({ page: 1, pages: 1, found: 0, hasSites: true });
});

test("neither a deleted site nor another tenant’s is listed, found or counted", async () => {
  const { context, store } = await filled([{ hostName: "kept.test" }, { hostName: "gone.test" }]);
  const change = { tenantId: context.tenant.id, siteId: "gone.test", basedOn: 1, author: "ana", address: null, now: context.now };
  accepted(await store.sites.remove(change));
  for (const column of ["site", "tls", "serving"] as const)
    expect(await loadSitePage(context, { ...first, column })).toMatchObject({ found: 1, rows: [{ hostName: "kept.test" }] });
  const stranger = { ...context, tenant: { id: "another", name: "Another" } };
  expect(await loadSitePage(stranger, first)).toMatchObject({ found: 0, rows: [], hasSites: false });
});

test("the mark of the newest change moves with this tenant’s sites alone", async () => {
  const { context, store, names } = await filled([{ hostName: "a.test" }]);
  const mark = async () => (await loadSitePage(context, first)).newest;
  const before = await mark();
  const other = accepted(await store.tenants.add("Other", { author: "ana", address: null, now: context.now }));
  const change = { author: "ana", address: null, now: context.now, keys: [], site: { ...newSite, origin: "127.0.0.1" } };
  const save = (tenantId: string, hostName: string) =>
    store.sites.save({ ...change, tenantId, siteId: hostName, basedOn: null, site: { ...change.site, hostName } });
  accepted(await save(other.id, "b.test"));
  expect(await mark()).toBe(before);
  accepted(await save(context.tenant.id, "c.test"));
  expect(await mark()).not.toBe(before);
  expect(await names({})).toEqual(["a.test", "c.test"]);
});
