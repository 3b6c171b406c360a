import { expect, test } from "vitest";
import { consoleFixture } from "#lib/console/console-fixture.ts";
import { answerServing, awaitServing } from "#lib/console/serving.ts";
import { newSite } from "#lib/site/schema.ts";
import { accepted, heartbeatAt } from "#lib/store/store-fixture.ts";

test("a list that nothing can have changed is answered 304 without a body, and whole again once something has", async () => {
  const { context, store, sensor } = await consoleFixture();
  const change = { tenantId: context.tenant.id, siteId: "one", author: "ana", address: null, now: context.now };
  const site = { ...newSite, hostName: "shop.test", origin: "127.0.0.1" };
  accepted(await store.sites.save({ ...change, basedOn: null, site, keys: [] }));
  const ask = (tag?: string | null) =>
    answerServing(context, new Request("http://console.test?site=one&site=other", { headers: tag ? { "if-none-match": tag } : {} }));
  const first = await ask();
  const tag = first.headers.get("etag");
  const { newest, states } = await first.json();
  expect(states).toMatchObject([{ siteId: "one", state: "waiting" }]);
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
  expect(await changed.json()).toMatchObject({ newest, states: [{ state: "serving", servedAt: context.now.toISOString() }] });
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

async function waitingSite() {
  const { context, store, sensor } = await consoleFixture();
  const change = { tenantId: context.tenant.id, siteId: "one", author: "ana", address: null, now: context.now };
  accepted(
    await store.sites.save({ ...change, basedOn: null, site: { ...newSite, hostName: "shop.test", origin: "127.0.0.1" }, keys: [] }),
  );
  const word = { siteId: "one", revision: 1, state: "serving" as const, problems: [], fallbackRevision: null };
  return {
    context,
    beat: () => sensor.heartbeat(heartbeatAt(new Date())),
    acknowledge: () => sensor.acknowledgements.record({ ...word, at: new Date() }),
    ask: (query: string, signal?: AbortSignal) => awaitServing(context, "one", new Request(`http://console.test${query}`, { signal })),
  };
}

test("an answer that is awaited is held back until the sensor has judged the revision", async () => {
  const { beat, acknowledge, ask } = await waitingSite();
  await beat();
  const [first, second] = [ask("?awaited=1"), ask("?awaited=1")];
  const early = await Promise.race([first, ask("")]);
  expect(early?.state, "who does not wait is answered first").toBe("waiting");
  await acknowledge();
  expect(await first).toMatchObject({ state: "serving", revision: 1 });
  expect(await second).toMatchObject({ state: "serving", revision: 1 });
});

test.each(["?awaited=2", "?awaited=x", ""])("nothing is held back for “%s”, which is not the revision that waits", async (query) => {
  const { beat, ask } = await waitingSite();
  await beat();
  const started = performance.now();
  expect(await ask(query)).toMatchObject({ state: "waiting" });
  expect(performance.now() - started).toBeLessThan(1_000);
});

test("a sensor that gives no sign of life is not waited for, nor is one for a caller that has left", async () => {
  const { beat, ask } = await waitingSite();
  const started = performance.now();
  expect(await ask("?awaited=1")).toMatchObject({ state: "waiting", isSensorAlive: false });
  await beat();
  const leaving = new AbortController();
  const answer = ask("?awaited=1", leaving.signal);
  leaving.abort();
  expect(await answer).toMatchObject({ state: "waiting", isSensorAlive: true });
  expect(performance.now() - started).toBeLessThan(1_000);
});
