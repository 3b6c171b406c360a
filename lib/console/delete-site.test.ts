import { expect, test } from "vitest";
import { createAuthority, createServer } from "#e2e/pki/authority.ts";
import { consoleFixture, draftOf } from "#lib/console/console-fixture.ts";
import { deleteSite } from "#lib/console/delete-site.ts";
import { saveSite } from "#lib/console/save-site.ts";
import { accepted, codesOf } from "#lib/store/store-fixture.ts";

test("a site is deleted only when its name was typed and nobody saved meanwhile", async () => {
  const { context, store } = await consoleFixture();
  const { siteId, draft } = accepted(await saveSite({ siteId: null, basedOn: null, draft: draftOf() }, context));
  const removal = { siteId: siteId ?? "", basedOn: 1, typedName: "shop.test" };
  expect(codesOf(await deleteSite({ ...removal, typedName: "shop.tes" }, context))).toEqual(["site.name-mismatch"]);
  accepted(await saveSite({ siteId, basedOn: 1, draft }, context));
  expect(codesOf(await deleteSite(removal, context))).toEqual(["site.stale"]);
  accepted(await deleteSite({ ...removal, basedOn: 2, typedName: " Shop.Test " }, context));
  expect(await store.sites.list(context.tenant.id)).toEqual([]);
  expect(codesOf(await deleteSite({ ...removal, basedOn: 2 }, context))).toEqual(["site.not-found"]);
});

test("without the feature a site with stored mTLS cannot be deleted", async () => {
  const { context, store } = await consoleFixture();
  const root = await createAuthority();
  const text = (await createServer(root, ["shop.test"])).bundle;
  const draft = draftOf({
    isSslEnabled: true,
    sslCredentials: { change: "replace", text },
    isDownstreamMtls: true,
    downstreamMtlsCredentials: root.certificate,
  });
  const { siteId } = accepted(await saveSite({ siteId: null, basedOn: null, draft }, context));
  const removal = { siteId: siteId ?? "", basedOn: 1, typedName: "shop.test" };
  expect(codesOf(await deleteSite(removal, { ...context, hasMtlsFeature: false }))).toEqual(["feature.site-config-mtls"]);
  expect(await store.sites.list(context.tenant.id)).toHaveLength(1);
});
