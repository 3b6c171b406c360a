import { createHash, createPrivateKey } from "node:crypto";
import { expect, test } from "vitest";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { consoleFixture, draftOf } from "#lib/console/console-fixture.ts";
import type { ConsoleContext } from "#lib/console/context.ts";
import { saveSite } from "#lib/console/save-site.ts";
import type { SiteDraft } from "#lib/site/schema.ts";
import { openKey } from "#lib/store/seal.ts";
import { accepted, codesOf } from "#lib/store/store-fixture.ts";

const root = await createAuthority();
const server = await createServer(root, ["shop.test"]);
const client = await createClient(root);
const withTls = draftOf({ isSslEnabled: true, sslCredentials: { change: "replace", text: server.bundle } });

test("a new site is stored as revision 1, its key sealed for the sensor, and no answer holds the key", async () => {
  const { context, sensor, keyring } = await consoleFixture();
  const view = accepted(await saveSite({ siteId: null, basedOn: null, draft: withTls }, context));
  expect(view).toMatchObject({
    revision: 1,
    draft: { hostName: "shop.test", sslCredentials: { change: "keep" } },
    serving: { state: "waiting" },
  });
  expect(view.stored.sslCredentials[0]?.fingerprint).toBe(server.fingerprint);
  expectNoKey(view, server);

  const publicKeySha256 = createHash("sha256").update(server.publicKey).digest("hex");
  const sealed = await sensor.sealedKeys.get(view.siteId ?? "", "sslCredentials", publicKeySha256);
  const opened = sealed && (await openKey(keyring, sealed));
  expect(opened).toEqual(createPrivateKey(server.key).export({ type: "pkcs8", format: "der" }));
});

test("keeping credentials keeps their key, whatever else changes", async () => {
  const { context, store } = await consoleFixture();
  const first = accepted(await saveSite({ siteId: null, basedOn: null, draft: withTls }, context));
  const second = await saveAgain(context, first.siteId, 1, { ...first.draft, isHttp2Enabled: true });
  expect(second).toMatchObject({ revision: 2, draft: { isHttp2Enabled: true } });
  const stored = await store.sites.get(context.tenant.id, first.siteId ?? "");
  expect(stored?.site).toMatchObject({ value: { sslCredentials: { publicKey: server.publicKey.toString("base64") } } });
});

test("a refused draft stores nothing and names field, block and reason", async () => {
  const { context, store } = await consoleFixture();
  const draft = { ...withTls, isDownstreamMtls: true, downstreamMtlsCredentials: root.certificate + client.certificate };
  const refused = await saveSite({ siteId: null, basedOn: null, draft }, context);
  expect(refused).toMatchObject({
    ok: false,
    problems: expect.arrayContaining([expect.objectContaining({ path: "downstreamMtlsCredentials", block: 2 })]),
  });
  expect(await store.sites.list(context.tenant.id)).toEqual([]);
});

test("a save made from an older revision is refused before anything of it is judged", async () => {
  const { context } = await consoleFixture();
  const { siteId, draft } = accepted(await saveSite({ siteId: null, basedOn: null, draft: withTls }, context));
  await saveAgain(context, siteId, 1, draft);
  const stale = await saveSite({ siteId, basedOn: 1, draft: { ...draft, origin: "" } }, context);
  expect(codesOf(stale)).toEqual(["site.stale"]);
  expect(stale).toMatchObject({ problems: [{ message: expect.stringContaining("ana saved revision 2") }] });
});

test("a site of another tenant is not found", async () => {
  const { context } = await consoleFixture();
  const { siteId, draft } = accepted(await saveSite({ siteId: null, basedOn: null, draft: withTls }, context));
  const stranger = { ...context, tenant: { id: "another", name: "Another" } };
  expect(codesOf(await saveSite({ siteId, basedOn: 1, draft }, stranger))).toEqual(["site.not-found"]);
});

test("without the feature a forged mTLS change is refused and an honest save leaves what is stored", async () => {
  const { context, store } = await consoleFixture();
  const mtls: Partial<SiteDraft> = { isDownstreamMtls: true, downstreamMtlsCredentials: root.certificate };
  const first = accepted(await saveSite({ siteId: null, basedOn: null, draft: { ...withTls, ...mtls } }, context));
  const without = { ...context, hasMtlsFeature: false };

  const forged = await saveSite({ siteId: first.siteId, basedOn: 1, draft: { ...first.draft, isDownstreamMtls: false } }, without);
  expect(codesOf(forged)).toEqual(["feature.site-config-mtls"]);

  const { observedUntil, isDownstreamMtls, downstreamMtlsCredentials, isUpstreamMtls, upstreamMtlsCredentials, ...honest } = first.draft;
  const view = await saveAgain(without, first.siteId, 1, { ...honest, readTimeoutS: 60 });
  expect(view.enforced).toEqual({ isDownstream: true, downstreamCas: 1, isUpstream: false, observedUntil: null });
  expect(JSON.stringify(view)).not.toContain("BEGIN CERTIFICATE-----\\nMIIB");
  expect(Object.keys(view.draft)).not.toContain("downstreamMtlsCredentials");
  const stored = await store.sites.get(context.tenant.id, first.siteId ?? "");
  expect(stored?.site).toMatchObject({ value: { ...mtls, readTimeoutS: 60 } });
});

test("a console that was not given the sealing key stores no private key at all", async () => {
  const { context, store } = await consoleFixture();
  const saving = saveSite({ siteId: null, basedOn: null, draft: withTls }, { ...context, recipient: null });
  await expect(saving).rejects.toMatchObject({ code: "console.no-sealing-key" });
  expect(await store.sites.list(context.tenant.id)).toEqual([]);
});

test("both directions are saved together and both certificates are shown as facts alone", async () => {
  const { context } = await consoleFixture();
  const draft = draftOf({
    ...withTls,
    isDownstreamMtls: true,
    downstreamMtlsCredentials: root.certificate,
    isUpstreamMtls: true,
    upstreamMtlsCredentials: { change: "replace", text: client.bundle },
  });
  const view = accepted(await saveSite({ siteId: null, basedOn: null, draft }, context));
  expect(view.stored.upstreamMtlsCredentials[0]).toMatchObject({ commonName: "partner-17", fingerprint: client.fingerprint });
  expect(view.draft.upstreamMtlsCredentials).toEqual({ change: "keep" });
  expectNoKey(view, client);
});

async function saveAgain(context: ConsoleContext, siteId: string | null, basedOn: number, draft: SiteDraft) {
  return accepted(await saveSite({ siteId, basedOn, draft }, context));
}

function expectNoKey(answer: unknown, { key }: Identity) {
  for (const line of key.split("\n").filter((text) => text.length > 20 && !text.startsWith("-----")))
    expect(JSON.stringify(answer)).not.toContain(line);
  expect(JSON.stringify(answer)).not.toContain("PRIVATE KEY");
}
