import { expect, test } from "vitest";
import { createAuthority, createServer } from "#e2e/pki/authority.ts";
import { consoleFixture, draftOf } from "#lib/console/console-fixture.ts";
import { saveSite } from "#lib/console/save-site.ts";
import { loadSiteRows } from "#lib/console/site-rows.ts";
import { accepted } from "#lib/store/store-fixture.ts";

const day = 86_400_000;

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
  const [row] = await loadSiteRows(context);
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
  accepted(await saveSite({ siteId: null, basedOn: null, draft: draftOf() }, context));
  const [stored] = await store.sites.list(context.tenant.id);
  const unreadable = { ok: false as const, problems: [] };
  const list = async () => (stored ? [stored, { ...stored, id: "damaged", site: unreadable }] : []);
  const rows = await loadSiteRows({ ...context, store: { ...store, sites: { ...store.sites, list } } });
  expect(rows.map(({ hostName, isUnreadable }) => ({ hostName, isUnreadable }))).toEqual([
    { hostName: "shop.test", isUnreadable: false },
    { hostName: "", isUnreadable: true },
  ]);
});
