import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { createAuthority, createClient, createServer } from "#e2e/pki/authority.ts";
import { sealWebhook } from "#lib/store/seal-webhook.ts";
import { temporaryFolder } from "#lib/store/store-fixture.ts";
import { startSensorProcess } from "#sensor/process-fixture.ts";
import { hookSecret, startReceiver, webhookAuthority } from "#sensor/webhook-fixture.ts";

const day = 86_400_000;

test("the sensor as it runs tells a webhook of what runs out, once, also over a restart, and ends in time", async () => {
  // In the certificate the receiver has the name that leads to it everywhere.
  const own = await createServer(webhookAuthority, ["localhost"]);
  const { port, received } = await startReceiver(undefined, { cert: own.certificate, key: own.key });
  const trusted = path.join(temporaryFolder(), "ca.pem");
  writeFileSync(trusted, webhookAuthority.certificate);
  await using sensor = await startSensorProcess({ NODE_EXTRA_CA_CERTS: trusted, SENSOR_WORKERS: "1", SENSOR_HOST: "127.0.0.1" });
  const { store, tenantId, keyring, save } = sensor.sites;
  const call = { url: `https://localhost:${port}/in`, secret: hookSecret };
  const sealed = await sealWebhook(keyring.current, call, { tenantId, id: randomUUID() });
  await store.webhooks.set({ ...sealed, host: "https://localhost" }, { author: "ana", address: null, now: new Date() });
  const authority = await createAuthority();
  const certificate = await createServer(authority, ["shop.test"], { notAfter: new Date(Date.now() + 10 * day) });
  const { siteId } = await save({ hostName: "shop.test", certificate });
  await expect.poll(() => received.length, { timeout: 15_000 }).toBe(1);
  const { type, data } = JSON.parse(received[0]?.body ?? "");
  expect([type, data.certificates[0].thresholdDays, data.certificates[0].sites]).toEqual([
    "certificates.expiring",
    14,
    [{ id: siteId, hostName: "shop.test" }],
  ]);
  await expect
    .poll(() => store.notices.deliveries(tenantId, 5))
    .toMatchObject([{ state: "delivered", last: { outcome: { status: 204 } } }]);

  await using again = await sensor.restart();
  expect(again.message.type).toBe("ready");
  // What a later sweep tells shows that the one which could have repeated the first is over.
  const later = await createAuthority({ commonName: "Partner CA", notAfter: new Date(Date.now() + 5 * day) });
  await again.sites.save({ siteId, hostName: "shop.test", certificate, downstream: [later], upstream: await createClient(authority) });
  await expect.poll(() => received.length, { timeout: 15_000 }).toBe(2);
  const names = JSON.parse(received[1]?.body ?? "").data.certificates.map(({ name }: { name: string }) => name);
  expect(names).toEqual(["Partner CA"]);
}, 60_000);
