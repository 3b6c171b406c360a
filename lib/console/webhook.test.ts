import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { consoleFixture } from "#lib/console/console-fixture.ts";
import { loadCertificates } from "#lib/console/load-certificates.ts";
import { removeWebhook, setWebhook } from "#lib/console/webhook.ts";
import { openWebhook } from "#lib/store/seal-webhook.ts";
import { accepted, codesOf } from "#lib/store/store-fixture.ts";

const url = "https://hooks.example.com/services/T0KEN";

test("the secret is shown once; afterwards neither it nor the path is on the page, in the audit log or readable in the files", async () => {
  const { context, store, sensor, keyring, dataDir } = await consoleFixture();
  const tenantId = context.tenant.id;
  const { secret } = accepted(await setWebhook({ tenantId, url }, context));
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const [sealed] = await sensor.webhooks();
  const opened = sealed && (await openWebhook(keyring, sealed));
  expect(opened).toEqual({ url, secret: Buffer.from(secret.slice(6), "base64") });

  const view = await loadCertificates(context);
  expect(view.webhook).toMatchObject({ host: "https://hooks.example.com", author: "ana" });
  const rows = await store.audit.list({ tenantId, hasGlobal: true, limit: 50 });
  const files = ["console.db", "console.db-wal", "sensor.db", "sensor.db-wal"].map((name) =>
    readFileSync(path.join(dataDir, name), "latin1"),
  );
  const raw = Buffer.from(secret.slice(6), "base64").toString("latin1");
  for (const text of [secret, secret.slice(6), raw, "T0KEN"])
    for (const place of [JSON.stringify(view), JSON.stringify(rows), ...files]) expect(place.includes(text)).toBe(false);
});

test("setting it anew makes another secret, and removing it forgets both", async () => {
  const { context, store } = await consoleFixture();
  const tenantId = context.tenant.id;
  const first = accepted(await setWebhook({ tenantId, url }, context));
  const second = accepted(await setWebhook({ tenantId, url }, context));
  expect(second.secret).not.toBe(first.secret);
  accepted(await removeWebhook({ tenantId }, context));
  expect(await store.webhooks.get(tenantId)).toBeNull();
});

test("an address that is none changes nothing and is not repeated", async () => {
  const { context, store } = await consoleFixture();
  const tenantId = context.tenant.id;
  const refused = await setWebhook({ tenantId, url: "http://hooks.example.com/T0KEN" }, context);
  expect(codesOf(refused)).toEqual(["webhook.not-https"]);
  expect(JSON.stringify(refused)).not.toContain("T0KEN");
  expect(await store.webhooks.get(tenantId)).toBeNull();
});
