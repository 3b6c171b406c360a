import { randomUUID } from "node:crypto";
import path from "node:path";
import { expect, test } from "vitest";
import { addKey, ensureKeyring, keepNewestKey, openKeyring } from "#lib/store/keyring.ts";
import { rotateKeyring } from "#lib/store/rotate-keyring.ts";
import { openWebhook, type SealedWebhook, sealWebhook } from "#lib/store/seal-webhook.ts";
import { accepted, codesOf, storeFixture } from "#lib/store/store-fixture.ts";

const url = "https://hooks.example.com/services/T0KEN";
const secret = Buffer.alloc(32, 7);

async function webhookFixture() {
  const fixture = await storeFixture();
  const file = path.join(fixture.dataDir, "secrets.key");
  const keyring = await ensureKeyring(fixture.store, file);
  const authorship = { author: "ana", address: null, now: fixture.now };
  const sealed = await sealWebhook(keyring.current, { url, secret }, { tenantId: fixture.tenantId, id: randomUUID() });
  const set = (webhook = sealed) => fixture.store.webhooks.set({ ...webhook, host: "https://hooks.example.com" }, authorship);
  return { ...fixture, file, keyring, authorship, sealed, set };
}

test("a webhook is kept for its tenant, replaced, and removed, and the audit log knows its host alone", async () => {
  const { store, sensor, tenantId, keyring, authorship, sealed, set } = await webhookFixture();
  accepted(await set());
  expect(await store.webhooks.get(tenantId)).toMatchObject({ host: "https://hooks.example.com", author: "ana" });
  const [kept] = await sensor.webhooks();
  expect(kept && (await openWebhook(keyring, kept))).toEqual({ url, secret });
  const again = await sealWebhook(keyring.current, { url, secret }, { tenantId, id: randomUUID() });
  accepted(await set(again));
  expect((await sensor.webhooks()).map(({ id }) => id)).toEqual([again.id]);
  await store.webhooks.remove(tenantId, authorship);
  expect(await sensor.webhooks()).toEqual([]);
  await store.webhooks.remove(tenantId, authorship);
  const rows = await store.audit.list({ tenantId, hasGlobal: false, limit: 10 });
  expect(rows.map(({ action }) => action).filter((action) => action.startsWith("webhook."))).toEqual([
    "webhook.remove",
    "webhook.set",
    "webhook.set",
  ]);
  for (const text of ["T0KEN", secret.toString("base64"), sealed.sealed.toString("base64")])
    expect(JSON.stringify(rows)).not.toContain(text);
});

test.each<[string, (webhook: SealedWebhook) => Partial<SealedWebhook>]>([
  ["to another tenant", () => ({ tenantId: randomUUID() })],
  ["to another webhook", () => ({ id: randomUUID() })],
  ["with a bit changed", ({ sealed }) => ({ sealed: Buffer.concat([sealed.subarray(0, -1), Buffer.from([(sealed.at(-1) ?? 0) ^ 1])]) })],
])("one that was moved %s does not open", async (_, change) => {
  const { keyring, sealed } = await webhookFixture();
  await expect(openWebhook(keyring, { ...sealed, ...change(sealed) })).rejects.toMatchObject({ code: "webhook.cannot-be-opened" });
});

test("one that was sealed for a key which has left the keyring meanwhile is not stored", async () => {
  const { keyring, sealed, set, store, authorship } = await webhookFixture();
  await store.keyring.retireOthers("another", authorship);
  expect(codesOf(await set({ ...sealed, keyringKeyId: keyring.current.id }))).toEqual(["key.keyring-changed"]);
});

test("rotation carries it to the new key, and no key is let go of while it is sealed for that", async () => {
  const { store, sensor, file, authorship, keyring, set } = await webhookFixture();
  accepted(await set());
  const added = addKey(file);
  await store.keyring.record(added.current, authorship);
  expect(await store.keyring.retireOthers(added.current.id, authorship), "the old key is still needed").toBeNull();
  expect(await rotateKeyring({ store, file, authorship })).toMatchObject({ resealed: 0, webhooks: 1, retired: [keyring.current.id] });
  const rotated = openKeyring(file);
  expect(rotated.keys).toHaveLength(1);
  const [kept] = await sensor.webhooks();
  expect(kept && (await openWebhook(rotated, kept))).toEqual({ url, secret });
  expect(keepNewestKey(file).current.id).toBe(kept?.keyringKeyId);
});
