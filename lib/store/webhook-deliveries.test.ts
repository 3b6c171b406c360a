import { expect, test } from "vitest";
import type { WebhookOutcome } from "#lib/site/webhook-outcome.ts";
import { storeFixture } from "#lib/store/store-fixture.ts";
import { type NoticePlace, retryPausesMs } from "#lib/store/webhook-deliveries.ts";

const start = new Date("2026-11-24T12:00:00Z");
const after = (ms: number) => new Date(start.getTime() + ms);
const refused: WebhookOutcome = { reason: "could not connect: connection refused" };
const places: NoticePlace[] = [["one", "site", "aa"]];

async function deliveriesFixture() {
  const { sensor, store } = await storeFixture();
  const { notices } = sensor;
  const add = (id: string, tenantId = "t", now = start) =>
    notices.write({ given: [], forgotten: [], withdrawn: [], messages: [{ id, tenantId, body: `{"${id}":1}`, places }] }, now);
  const dueAt = async (now: Date) => (await notices.due(now)).map(({ id }) => id);
  const [list] = [() => store.notices.deliveries("t", 100)];
  return { notices, add, dueAt, list };
}

test("a message is due at once, then after ever longer pauses, and is given up after a day and a half", async () => {
  const { notices, add, dueAt, list } = await deliveriesFixture();
  await add("m");
  let at = 0;
  for (const [attempt, pause] of retryPausesMs.entries()) {
    expect(await dueAt(after(at))).toEqual(["m"]);
    expect(await notices.tried("m", refused, after(at))).toBe("pending");
    expect(await list()).toMatchObject([{ attempts: attempt + 1, nextAt: after(at + pause), last: { outcome: refused } }]);
    expect(await dueAt(after(at + pause - 1))).toEqual([]);
    at += pause;
  }
  expect(at / 3_600_000).toBeCloseTo(35.6, 1);
  expect(await notices.tried("m", { status: 503 }, after(at))).toBe("given-up");
  expect(await dueAt(after(at + 1_000 * 3_600_000))).toEqual([]);
  expect(await list()).toMatchObject([{ state: "given-up", attempts: 8, nextAt: null, last: { outcome: { status: 503 } } }]);
});

test.each<[number, string]>([
  [200, "delivered"],
  [204, "delivered"],
  [302, "pending"],
  [400, "pending"],
  [410, "given-up"],
  [500, "pending"],
])("after the status %i it is %s", async (status, state) => {
  const { notices, add } = await deliveriesFixture();
  await add("m");
  expect(await notices.tried("m", { status }, start)).toBe(state);
});

test("a tenant's messages come one at a time, the oldest first, and do not wait for another tenant's", async () => {
  const { add, dueAt } = await deliveriesFixture();
  await add("later", "t", after(2));
  await add("first", "t", after(1));
  await add("other", "u", after(3));
  expect((await dueAt(after(10))).sort()).toEqual(["first", "other"]);
});

test("a clock that went back does not put a message off for longer than a pause", async () => {
  const { notices, add, dueAt } = await deliveriesFixture();
  await add("m", "t", after(100 * 86_400_000));
  await notices.tried("m", refused, after(100 * 86_400_000));
  expect(await dueAt(start)).toEqual(["m"]);
});

test("what was withdrawn is not sent, and an attempt that was under way changes nothing", async () => {
  const { notices, add, dueAt, list } = await deliveriesFixture();
  await add("m");
  await notices.write({ given: [], forgotten: [], messages: [], withdrawn: ["m"] }, start);
  expect(await dueAt(after(1))).toEqual([]);
  expect(await notices.tried("m", { status: 200 }, start)).toBeNull();
  expect(await list()).toMatchObject([{ state: "withdrawn" }]);
});

test("no more than 50 wait for one tenant: the oldest go", async () => {
  const { add, list } = await deliveriesFixture();
  for (let index = 0; index < 52; index += 1) await add(`m${index}`, "t", after(index));
  const states = new Map((await list()).map(({ id, state }) => [id, state]));
  expect([states.get("m0"), states.get("m1"), states.get("m2"), states.get("m51")]).toEqual(["given-up", "given-up", "pending", "pending"]);
});
