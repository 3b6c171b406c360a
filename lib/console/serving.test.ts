import { expect, test } from "vitest";
import { consoleFixture } from "#lib/console/console-fixture.ts";
import { answerServing } from "#lib/console/serving.ts";
import { newSite } from "#lib/site/schema.ts";
import { accepted, heartbeatAt } from "#lib/store/store-fixture.ts";

test("a list that nothing can have changed is answered 304 without a body, and whole again once something has", async () => {
  const { context, store, sensor } = await consoleFixture();
  const change = { tenantId: context.tenant.id, siteId: "one", author: "ana", address: null, now: context.now };
  const site = { ...newSite, hostName: "shop.test", origin: "127.0.0.1" };
  accepted(await store.sites.save({ ...change, basedOn: null, site, keys: [] }));
  const ask = (tag?: string | null) =>
    answerServing(context, new Request("http://console.test", { headers: tag ? { "if-none-match": tag } : {} }));
  const first = await ask();
  const tag = first.headers.get("etag");
  expect(await first.json()).toMatchObject([{ siteId: "one", state: "waiting" }]);
  const unchanged = await ask(tag);
  expect([unchanged.status, await unchanged.text(), unchanged.headers.get("cache-control")]).toEqual([304, "", "no-store"]);
  await sensor.heartbeat(heartbeatAt(context.now));
  await sensor.acknowledgements.record({
    siteId: "one",
    revision: 1,
    state: "serving",
    problems: [],
    fallbackRevision: null,
    at: context.now,
  });
  const changed = await ask(tag);
  expect(await changed.json()).toMatchObject([{ state: "serving", servedAt: context.now.toISOString() }]);
  expect((await ask(changed.headers.get("etag"))).status).toBe(304);
  expect((await ask(`${tag} of another process`)).status).toBe(200);
});

test("another tenant's tag is another one, and neither holds what the store counts", async () => {
  const { context, store } = await consoleFixture();
  const tagFor = async (id: string) =>
    (await answerServing({ ...context, tenant: { id, name: id } }, new Request("http://console.test"))).headers.get("etag");
  const [own, others] = [await tagFor(context.tenant.id), await tagFor("another")];
  expect(own).not.toBe(others);
  expect(await tagFor(context.tenant.id)).toBe(own);
  for (const tag of [own, others]) {
    expect(tag).toMatch(/^"[\w-]{43}"$/);
    expect(tag).not.toContain(await store.servingMark(context.now));
  }
});
