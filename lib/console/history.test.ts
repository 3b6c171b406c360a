import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { consoleFixture, draftOf } from "#lib/console/console-fixture.ts";
import { deleteSite } from "#lib/console/delete-site.ts";
import { destroyKey } from "#lib/console/destroy-key.ts";
import { loadHistory } from "#lib/console/load-history.ts";
import { loadSiteView } from "#lib/console/load-site-view.ts";
import { restoreSite } from "#lib/console/restore-site.ts";
import { saveSite } from "#lib/console/save-site.ts";
import type { KeyField, SiteDraft } from "#lib/site/schema.ts";
import { openKey } from "#lib/store/seal.ts";
import { accepted, codesOf } from "#lib/store/store-fixture.ts";

const day = 86_400_000;
const root = await createAuthority({ commonName: "Partner Root" });
const [server, renewed, client] = [
  await createServer(root, ["shop.test"]),
  await createServer(root, ["shop.test"]),
  await createClient(root),
];
const fingerprint = ({ publicKey }: Identity) => createHash("sha256").update(publicKey).digest("hex");
const replace = ({ bundle: text }: Identity) => ({ change: "replace", text }) as const;
const mtls: Partial<SiteDraft> = { isDownstreamMtls: true, downstreamMtlsCredentials: root.certificate };

/** A site with TLS as revision 1, and short ways to save, restore and destroy. */
async function historyFixture(first: Partial<SiteDraft> = {}) {
  const fixture = await consoleFixture();
  const { context } = fixture;
  const draft = draftOf({ isSslEnabled: true, sslCredentials: replace(server), ...first });
  const saved = accepted(await saveSite({ siteId: null, basedOn: null, draft }, context));
  const siteId = saved.siteId ?? "";
  let revision = 1;
  const save = async (changes: Partial<SiteDraft>) => {
    const view = accepted(await saveSite({ siteId, basedOn: revision, draft: { ...saved.draft, ...changes } }, context));
    revision = view.revision ?? 0;
    return view;
  };
  const restore = (number: number, given = context) => restoreSite({ siteId, basedOn: revision, number }, given);
  const destroy = (identity: Identity, field: KeyField = "sslCredentials", given = context) =>
    destroyKey({ siteId, field, publicKeySha256: fingerprint(identity), typedName: "shop.test" }, given);
  return { ...fixture, siteId, save, restore, destroy, without: { ...context, hasMtlsFeature: false } };
}

test("history tells each revision with its author and difference, newest first", async () => {
  const { context, siteId, save } = await historyFixture();
  await save({ ...mtls, readTimeoutS: 60 });
  const history = await loadHistory({ ...context, now: new Date() }, siteId);
  expect(history).toMatchObject({ hostName: "shop.test", revision: 2, olderBefore: null });
  expect(history?.revisions).toMatchObject([
    { number: 2, author: "ana", isCurrent: true, restoredFrom: null, effect: [] },
    { number: 1, author: "ana", isCurrent: false, effect: [{ phrases: ["Downstream mTLS off"] }, {}, {}] },
  ]);
  expect(history?.revisions[0]?.changes?.map(({ phrases }) => phrases)).toEqual([
    ["Downstream mTLS on"],
    ["1 CA added"],
    ["Proxy Read Timeout 90 → 60"],
  ]);
  expect(JSON.stringify(history)).not.toContain("-----BEGIN");
});

test("a long history comes in pages that join without a gap", async () => {
  const { context, siteId, save } = await historyFixture();
  for (let number = 2; number <= 23; number += 1) await save({ readTimeoutS: number });
  const newer = await loadHistory(context, siteId);
  const older = await loadHistory(context, siteId, newer?.olderBefore ?? 0);
  expect(newer?.revisions).toHaveLength(20);
  expect(newer?.revisions.at(-1)?.changes).toMatchObject([{ phrases: ["Proxy Read Timeout 3 → 4"] }]);
  expect(older?.revisions.map(({ number }) => number)).toEqual([3, 2, 1]);
  expect(older?.olderBefore).toBeNull();
});

test("another tenant's history is not found, nor restored, nor are its keys destroyed", async () => {
  const { context, siteId, save, restore, destroy } = await historyFixture();
  await save({ readTimeoutS: 60 });
  const stranger = { ...context, tenant: { id: "another", name: "Another" } };
  expect(await loadHistory(stranger, siteId)).toBeNull();
  expect(codesOf(await restore(1, stranger))).toEqual(["site.not-found"]);
  expect(codesOf(await destroy(server, "sslCredentials", stranger))).toEqual(["site.not-found"]);
});

test("a restore makes a new revision out of an old one, key included, and says so in history and audit log", async () => {
  const { context, store, sensor, keyring, siteId, save, restore } = await historyFixture();
  await save({ sslCredentials: replace(renewed), readTimeoutS: 60 });
  expect(accepted(await restore(1))).toEqual({ revision: 3, changes: ["new SSL Credentials", "Proxy Read Timeout 60 → 90"] });
  const [newest, , first] = (await loadHistory(context, siteId))?.revisions ?? [];
  expect(newest).toMatchObject({ number: 3, restoredFrom: 1, isCurrent: true });
  expect(first).toMatchObject({ number: 1, effect: [] });
  const sealed = await sensor.sealedKeys.get(siteId, "sslCredentials", fingerprint(server));
  expect(sealed && (await openKey(keyring, sealed))).toEqual(server.keys.privateKey.export({ type: "pkcs8", format: "der" }));
  const [row] = await store.audit.list({ tenantId: context.tenant.id, hasGlobal: false, limit: 1 });
  expect(row).toMatchObject({ action: "site.restore", subject: siteId, detail: { revision: 3, restoredFrom: 1, hostName: "shop.test" } });
  expect(row?.detail.changes).toContain("Proxy Read Timeout 60 → 90");
});

test("a restore made from an older page, of no revision or of what is there already is refused", async () => {
  const { context, siteId, save, restore } = await historyFixture();
  await save({ readTimeoutS: 60 });
  expect(codesOf(await restoreSite({ siteId, basedOn: 1, number: 1 }, context))).toEqual(["site.stale"]);
  expect(codesOf(await restore(9))).toEqual(["revision.not-found"]);
  expect(codesOf(await restore(2))).toEqual(["restore.same"]);
});

test("a restore is judged by today's clock: an expired certificate is not brought back", async () => {
  const { context, siteId, save } = await historyFixture();
  await save({ sslCredentials: replace(await createServer(root, ["shop.test"], { notAfter: new Date("2040-01-01") })) });
  const later = { ...context, now: new Date("2039-01-01") };
  expect(codesOf(await restoreSite({ siteId, basedOn: 2, number: 1 }, later))).toContain("certificate.expired");
});

test("without the feature a restore that would stop, start or change stored mTLS is refused and names the flag", async () => {
  const { save, restore, without } = await historyFixture();
  await save(mtls);
  const refused = await restore(1, without);
  expect(codesOf(refused)).toEqual(["feature.site-config-mtls", "feature.site-config-mtls"]);
  expect(JSON.stringify(refused)).toContain("site-config-mtls");
  await save({});
  expect(codesOf(await restore(2, without))).toContain("feature.site-config-mtls");
});

test("without the feature a restore that leaves mTLS alone is done, one that would switch TLS off under it is not", async () => {
  const { context, siteId, save, restore, without } = await historyFixture({ isSslEnabled: false });
  await save({ isSslEnabled: true, ...mtls, readTimeoutS: 60 });
  await save({ isSslEnabled: true, ...mtls, readTimeoutS: 70 });
  expect(codesOf(await restore(1, without))).toContain("mtls.needs-tls");
  expect(accepted(await restore(2, without)).revision).toBe(4);
  const history = await loadHistory(without, siteId);
  const shown = JSON.stringify(history);
  for (const word of ["Downstream mTLS", "CA added", "Partner Root\\u201d"]) expect(shown).not.toContain(word);
  expect(shown).toContain("mTLS settings, which this tenant does not see");
  expect(JSON.stringify(await loadHistory(context, siteId))).toContain("Downstream mTLS on");
});

test("a current revision that cannot be read gives way to one that can, but not without the feature", async () => {
  const { dataDir, context, siteId, save, restore, without } = await historyFixture();
  await save({ readTimeoutS: 60 });
  const client = new Sqlite(path.join(dataDir, "console.db"));
  client.exec("UPDATE revisions SET content = '{}' WHERE number = 2");
  client.close();
  expect((await loadHistory(context, siteId))?.revisions).toMatchObject([{ changes: null, effect: null }, { number: 1 }]);
  expect(codesOf(await restore(1, without))).toEqual(["feature.site-config-mtls"]);
  expect(accepted(await restore(1)).revision).toBe(3);
});

test("a destroyed key is gone from every file, is told of, and a restore that needs it says who destroyed it", async () => {
  const { dataDir, context, store, sensor, siteId, save, restore, destroy } = await historyFixture();
  await save({ sslCredentials: replace(renewed) });
  const sealed = (await sensor.sealedKeys.get(siteId, "sslCredentials", fingerprint(server)))?.sealed ?? Buffer.from("none");
  const everything = () => Buffer.concat(readdirSync(dataDir).map((name) => readFileSync(path.join(dataDir, name))));
  expect(everything().includes(sealed)).toBe(true);

  expect(accepted(await destroy(server))).toEqual({ isErased: true });
  expect(everything().includes(sealed.subarray(32))).toBe(false);
  expect(await sensor.sealedKeys.get(siteId, "sslCredentials", fingerprint(server))).toBeNull();
  const refused = await restore(1);
  expect(codesOf(refused)).toEqual(["key.destroyed"]);
  expect(JSON.stringify(refused)).toContain("ana destroyed the private key of these credentials on");
  expect((await loadHistory(context, siteId))?.keys).toMatchObject([
    { publicKeySha256: fingerprint(renewed), destroyed: null, isCurrent: true, revisions: { first: 2, last: 2, count: 1 } },
    { publicKeySha256: fingerprint(server), destroyed: { by: "ana" }, isCurrent: false, revisions: { first: 1, last: 1, count: 1 } },
  ]);
  const [row] = await store.audit.list({ tenantId: context.tenant.id, hasGlobal: false, limit: 1 });
  expect(row).toMatchObject({
    action: "key.destroy",
    subject: siteId,
    detail: { field: "sslCredentials", publicKeySha256: fingerprint(server) },
  });
  expect(codesOf(await destroy(server))).toEqual(["key.destroyed"]);
});

test("a key that was destroyed can be used again once it is pasted again", async () => {
  const { save, restore, destroy } = await historyFixture();
  await save({ sslCredentials: replace(renewed) });
  accepted(await destroy(server));
  await save({ sslCredentials: replace(server) });
  await save({ sslCredentials: replace(renewed) });
  accepted(await restore(1));
});

test("a key that the current revision uses is not destroyed, nor one without the site's name typed", async () => {
  const { context, siteId, save, destroy } = await historyFixture();
  expect(codesOf(await destroy(server))).toEqual(["key.in-use"]);
  await save({ sslCredentials: replace(renewed) });
  const input = { siteId, field: "sslCredentials", publicKeySha256: fingerprint(server) } as const;
  expect(codesOf(await destroyKey({ ...input, typedName: "shop" }, context))).toEqual(["site.name-mismatch"]);
  expect(codesOf(await destroy(client))).toEqual(["key.not-found"]);
});

test("a key with which an older revision still serves in the place of a rejected one is not destroyed", async () => {
  const { sensor, siteId, save, destroy } = await historyFixture();
  await save({ sslCredentials: replace(renewed) });
  const at = new Date();
  const said = { siteId, problems: [], at };
  await sensor.acknowledgements.record({ ...said, revision: 1, state: "serving", fallbackRevision: null });
  await sensor.acknowledgements.record({ ...said, revision: 2, state: "rejected", fallbackRevision: 1 });
  expect(codesOf(await destroy(server))).toEqual(["key.in-use"]);
  await sensor.acknowledgements.record({ ...said, revision: 2, state: "serving", fallbackRevision: null });
  accepted(await destroy(server));
});

test("without the feature a key of Upstream mTLS is neither shown nor destroyed", async () => {
  const upstream = { isUpstreamMtls: true, upstreamMtlsCredentials: replace(client) } as const;
  const { siteId, save, destroy, without } = await historyFixture(upstream);
  await save({ isUpstreamMtls: false, upstreamMtlsCredentials: { change: "clear" } });
  expect((await loadHistory(without, siteId))?.keys.map(({ field }) => field)).toEqual(["sslCredentials"]);
  expect(codesOf(await destroy(client, "upstreamMtlsCredentials", without))).toEqual(["feature.site-config-mtls"]);
  accepted(await destroy(client, "upstreamMtlsCredentials"));
});

test("a restore resumes an observation until the end it had, and never begins one anew", async () => {
  const { context, store, siteId, save, restore } = await historyFixture();
  const { draft } = await save({ observedUntil: context.now.toISOString() });
  const until = draft.observedUntil ?? "";
  expect(until).toBe(new Date(context.now.getTime() + 30 * day).toISOString());
  await save({ observedUntil: null });
  expect(accepted(await restore(2))).toMatchObject({ revision: 4 });
  expect((await store.sites.get(context.tenant.id, siteId))?.site).toMatchObject({ value: { observedUntil: until } });

  const later = { ...context, now: new Date(Date.parse(until)) };
  const again = { siteId, basedOn: 4, number: 2 };
  expect(codesOf(await restoreSite(again, later)), "both are over: nothing would change").toEqual(["restore.same"]);
  const history = await loadHistory(later, siteId);
  expect(history?.revisions.map(({ effect }) => effect)).toEqual([[], [], [], []]);
  expect(history?.revisions[1]?.changes).toMatchObject([{ phrases: ["Observe clients off"] }]);
  expect(history?.revisions[2]?.changes).toMatchObject([{ phrases: [`Observe clients on until ${until.slice(0, 10)}`] }]);

  accepted(await saveSite({ siteId, basedOn: 4, draft: { ...draft, observedUntil: null, readTimeoutS: 60 } }, later));
  accepted(await restoreSite({ ...again, basedOn: 5 }, later));
  expect((await store.sites.get(context.tenant.id, siteId))?.site).toMatchObject({ value: { observedUntil: null } });
});

test("without the feature an observation is neither shown nor restored", async () => {
  const { context, siteId, save, restore, without } = await historyFixture();
  await save({ observedUntil: context.now.toISOString() });
  expect(codesOf(await restore(1, without))).toEqual(["feature.site-config-mtls"]);
  expect(JSON.stringify(await loadHistory(without, siteId))).not.toContain("Observe");
  const shown = await loadSiteView(without, siteId);
  expect(shown?.ok && shown.value.draft).not.toHaveProperty("observedUntil");
  expect(shown?.ok && shown.value.enforced?.observedUntil).toBe(new Date(context.now.getTime() + 30 * day).toISOString());
});

test("a deleted site has no history any more, and nothing of it is restored", async () => {
  const { context, siteId, restore } = await historyFixture();
  accepted(await deleteSite({ siteId, basedOn: 1, typedName: "shop.test" }, context));
  expect(await loadHistory(context, siteId)).toBeNull();
  expect(codesOf(await restore(1))).toEqual(["site.not-found"]);
});
