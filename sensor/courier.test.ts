import { randomUUID } from "node:crypto";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createLogger } from "#lib/log.ts";
import { addKey, ensureKeyring } from "#lib/store/keyring.ts";
import { rotateKeyring } from "#lib/store/rotate-keyring.ts";
import { sealWebhook } from "#lib/store/seal-webhook.ts";
import { accepted, storeFixture } from "#lib/store/store-fixture.ts";
import { createCourier } from "#sensor/courier.ts";
import { openKeyringFile } from "#sensor/keyring-file.ts";
import type { CallWebhook } from "#sensor/webhook.ts";
import { createTestCaller, hookSecret, startReceiver } from "#sensor/webhook-fixture.ts";

const start = Date.UTC(2026, 10, 24, 12);

/** A real store and keyring, and a courier with the test's clock over the real caller. */
async function courierFixture(call: CallWebhook = createTestCaller()) {
  const { dataDir, store, sensor, tenantId } = await storeFixture();
  const file = path.join(dataDir, "secrets.key");
  const keyring = await ensureKeyring(store, file);
  const by = { author: "ana", address: null, now: new Date(start) };
  const lines: string[] = [];
  const log = createLogger("sensor", (line) => lines.push(line));
  const clock = { nowMs: start };
  const keyrings = openKeyringFile(file, log);
  const courier = createCourier({ store: sensor, keyrings, call, log, now: () => clock.nowMs });
  onTestFinished(() => courier.stop());
  return {
    store,
    sensor,
    tenantId,
    file,
    by,
    lines,
    clock,
    courier,
    async setWebhook(url: string, tenant = tenantId) {
      const sealed = await sealWebhook(keyring.current, { url, secret: hookSecret }, { tenantId: tenant, id: randomUUID() });
      accepted(await store.webhooks.set({ ...sealed, host: "https://hooks.test" }, by));
    },
    async add(id: string, tenant = tenantId) {
      const messages = [{ id, tenantId: tenant, body: JSON.stringify({ id }), places: [["one", "site", "aa"] as ["one", "site", "aa"]] }];
      await sensor.notices.write({ given: [], forgotten: [], withdrawn: [], messages }, new Date(clock.nowMs));
    },
    states: async (tenant = tenantId) => (await store.notices.deliveries(tenant, 10)).map(({ state, attempts }) => `${state} ${attempts}`),
  };
}

test("a message is sent until the receiver has it, each time with the same id and body", async () => {
  const { courier, setWebhook, add, clock, states } = await courierFixture();
  let status = 503;
  const { url, received } = await startReceiver((_, response) => void response.writeHead(status).end());
  await setWebhook(url);
  await add("m");
  await courier.round();
  await expect.poll(() => states()).toEqual(["pending 1"]);
  await courier.round();
  expect(received, "its pause is not over").toHaveLength(1);
  status = 204;
  clock.nowMs += 5_000;
  await courier.round();
  await expect.poll(() => states()).toEqual(["delivered 2"]);
  await courier.round();
  expect(received.map(({ request, body }) => [request.headers["webhook-id"], body])).toEqual(Array(2).fill(["m", '{"id":"m"}']));
});

test("a webhook that never answers holds up nobody else", async () => {
  const { courier, setWebhook, add, store, by, states } = await courierFixture(createTestCaller({ timeoutMs: 60_000 }));
  const other = accepted(await store.tenants.add("Other", by));
  const dead = await startReceiver(() => {});
  const alive = await startReceiver();
  await setWebhook(dead.url);
  await setWebhook(alive.url, other.id);
  await add("first");
  await add("second");
  await add("other", other.id);
  await courier.round();
  await expect.poll(() => states(other.id)).toEqual(["delivered 1"]);
  await courier.round();
  expect(dead.received.length, "one call at a time").toBeLessThan(2);
  await courier.stop();
  expect(await states(), "what was cut off is sent again later").toEqual(["pending 0", "pending 0"]);
});

test("without a webhook any more a message is withdrawn", async () => {
  const { courier, setWebhook, add, store, tenantId, by, states } = await courierFixture();
  const { url, received } = await startReceiver();
  await setWebhook(url);
  await add("m");
  await store.webhooks.remove(tenantId, by);
  await courier.round();
  expect(await states()).toEqual(["withdrawn 0"]);
  expect(received).toEqual([]);
});

test("an outcome that cannot be written down is kept, and the message is not sent again before it is", async () => {
  const { sensor, courier, setWebhook, add, states } = await courierFixture();
  const { url, received } = await startReceiver();
  await setWebhook(url);
  await add("m");
  const { tried } = sensor.notices;
  let isLocked = true;
  sensor.notices.tried = async (...attempt) => {
    if (isLocked) throw new Error("locked");
    return tried(...attempt);
  };
  await courier.round();
  await expect.poll(() => received.length).toBe(1);
  const turn = () =>
    courier.round().then(
      () => "goes on",
      () => "waits",
    );
  await expect.poll(turn).toBe("waits");
  expect(received).toHaveLength(1);
  isLocked = false;
  await courier.round();
  expect(await states()).toEqual(["delivered 1"]);
  expect(received).toHaveLength(1);
});

test("after a rotation of the keyring it is called all the same", async () => {
  const { courier, setWebhook, add, store, file, by, states } = await courierFixture();
  const { url } = await startReceiver();
  await setWebhook(url);
  addKey(file);
  await rotateKeyring({ store, file, authorship: by });
  await add("m");
  await courier.round();
  await expect.poll(() => states()).toEqual(["delivered 1"]);
});

test("neither address nor secret is in the log, nor what the receiver says", async () => {
  const { courier, setWebhook, add, lines, clock, states } = await courierFixture();
  let status = 500;
  const { url } = await startReceiver((_, response) => void response.writeHead(status, "EVIL PHRASE", { x: "EVIL" }).end("EVIL BODY"));
  await setWebhook(url);
  await add("m");
  await courier.round();
  await expect.poll(() => states()).toEqual(["pending 1"]);
  status = 200;
  clock.nowMs += 5_000;
  await courier.round();
  await expect.poll(() => states()).toEqual(["delivered 2"]);
  expect(lines).toHaveLength(2);
  for (const text of ["hooks.test", "T0KEN", hookSecret.toString("base64"), "EVIL"]) expect(lines.join()).not.toContain(text);
});
