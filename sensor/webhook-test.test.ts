import { randomUUID } from "node:crypto";
import path from "node:path";
import { expect, test } from "vitest";
import { createLogger } from "#lib/log.ts";
import { createKeyring, ensureKeyring, openKeyring } from "#lib/store/keyring.ts";
import { sealWebhook } from "#lib/store/seal-webhook.ts";
import { accepted, codesOf, storeFixture, temporaryFolder } from "#lib/store/store-fixture.ts";
import { openKeyringFile } from "#sensor/keyring-file.ts";
import { createTestCaller, hookSecret, startReceiver } from "#sensor/webhook-fixture.ts";
import { createWebhookTest } from "#sensor/webhook-test.ts";

async function testFixture() {
  const { dataDir, store, sensor, tenantId, now } = await storeFixture();
  const file = path.join(dataDir, "secrets.key");
  const keyring = await ensureKeyring(store, file);
  const log = createLogger("sensor", () => {});
  const handle = createWebhookTest({ store: sensor, keyrings: openKeyringFile(file, log), call: createTestCaller(), now: () => now });
  const by = { author: "ana", address: null, now };
  return {
    store,
    tenantId,
    by,
    ask: (tenant = tenantId) =>
      handle({}, { id: randomUUID(), tenantId: tenant, signal: AbortSignal.timeout(10_000), openSecret: async () => null }),
    async setWebhook(url: string, recipient = keyring.current) {
      const sealed = await sealWebhook(recipient, { url, secret: hookSecret }, { tenantId, id: randomUUID() });
      // The name of a key that is on record, whatever it was sealed for.
      accepted(await store.webhooks.set({ ...sealed, keyringKeyId: keyring.current.id, host: "https://hooks.test" }, by));
    },
  };
}

test("the tenant's webhook gets a message that says it is a test, and its status alone is answered", async () => {
  const { ask, setWebhook, tenantId } = await testFixture();
  const { url, received } = await startReceiver((_, response) => void response.writeHead(418, "SECRET").end("SECRET"));
  await setWebhook(url);
  expect(await ask()).toEqual({ ok: true, value: { status: 418 } });
  expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({ type: "webhook.test", data: { tenantId } });
});

test("for a tenant without one nothing is called, also where another tenant has one", async () => {
  const { ask, setWebhook, store, by } = await testFixture();
  const { url, received } = await startReceiver();
  await setWebhook(url);
  const other = accepted(await store.tenants.add("Other", by));
  expect(codesOf(await ask(other.id))).toEqual(["webhook.missing"]);
  expect(received).toEqual([]);
});

test("one that was sealed for somebody else's keyring is not called, and that is said", async () => {
  const { ask, setWebhook } = await testFixture();
  const foreign = path.join(temporaryFolder(), "secrets.key");
  createKeyring(foreign);
  await setWebhook("https://hooks.test/", openKeyring(foreign).current);
  expect(await ask()).toEqual({
    ok: true,
    value: { reason: "could not connect: its stored address cannot be opened, set the webhook anew" },
  });
});
