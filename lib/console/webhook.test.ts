import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { consoleFixture } from "#lib/console/console-fixture.ts";
import { loadCertificates } from "#lib/console/load-certificates.ts";
import { removeWebhook, setWebhook } from "#lib/console/webhook.ts";
import { readEnvironment } from "#lib/env.ts";
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

test.each([
  ["https://127.0.0.1/T0KEN", "", "127.0.0.1 is a loopback address"],
  ["https://2130706433/", "", "127.0.0.1 is a loopback address"],
  ["https://[::1]/", "", "::1 is a loopback address"],
  ["https://[::ffff:127.0.0.1]/", "", "127.0.0.1 is a loopback address"],
  ["https://169.254.169.254/latest", "127.0.0.0/8", "169.254.169.254 is a link-local address"],
  ["https://127.0.0.1:9090/", "127.0.0.0/8", "127.0.0.1 port 9090 is one of the product's own ports"],
])("%s is refused when ORIGIN_ALLOW is %j: the sensor would never connect there", async (forbidden, ORIGIN_ALLOW, why) => {
  const { context, store } = await consoleFixture();
  const refused = await setWebhook({ tenantId: context.tenant.id, url: forbidden }, context, readEnvironment({ ORIGIN_ALLOW }));
  expect(refused).toMatchObject({
    ok: false,
    problems: [{ path: "url", code: "webhook.forbidden", message: expect.stringContaining(why) }],
  });
  expect(await store.webhooks.get(context.tenant.id)).toBeNull();
});

test.each([
  ["https://127.0.0.1/", "127.0.0.0/8"],
  ["https://10.0.0.5/", ""],
  ["https://localhost/", ""],
])("%s is set when ORIGIN_ALLOW is %j: a name is judged by what it resolves to", async (allowed, ORIGIN_ALLOW) => {
  const { context } = await consoleFixture();
  accepted(await setWebhook({ tenantId: context.tenant.id, url: allowed }, context, readEnvironment({ ORIGIN_ALLOW })));
});
