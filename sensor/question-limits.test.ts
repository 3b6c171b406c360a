import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createQuestionLimits, questionLimits } from "#sensor/question-limits.ts";

const start = 1_795_000_000_000;

function limitsAt() {
  const clock = { now: start };
  const limits = createQuestionLimits(() => clock.now);
  const ask = (changes: { id?: string; tenantId?: string; askedAt?: number } = {}) =>
    limits.begin({ id: randomUUID(), tenantId: "one", askedAt: clock.now, ...changes });
  return { clock, ask };
}

const codeOf = (begun: ReturnType<ReturnType<typeof createQuestionLimits>["begin"]>) => ("problem" in begun ? begun.problem.code : "begun");

function finish(begun: ReturnType<ReturnType<typeof createQuestionLimits>["begin"]>): void {
  if ("end" in begun) begun.end();
}

test("a question is answered once", () => {
  const { ask } = limitsAt();
  const id = randomUUID();
  finish(ask({ id }));
  expect(codeOf(ask({ id }))).toBe("sensor.repeated-question");
  expect(codeOf(ask({ id, tenantId: "other" }))).toBe("sensor.repeated-question");
});

test("an old question, one of the future and one from before the start are refused, so that forgetting ids is safe", () => {
  const { clock, ask } = limitsAt();
  const id = randomUUID();
  finish(ask({ id }));
  expect(codeOf(ask({ askedAt: start - 1 }))).toBe("sensor.stale-question");
  clock.now += 60_001;
  expect(codeOf(ask({ id, askedAt: start }))).toBe("sensor.stale-question");
  expect(codeOf(ask({ askedAt: clock.now + 60_001 }))).toBe("sensor.stale-question");
  expect(codeOf(ask())).toBe("begun");
});

test("a tenant has two questions at once, and ends make room once each", () => {
  const { ask } = limitsAt();
  const first = ask();
  ask();
  expect(codeOf(ask())).toBe("sensor.busy");
  expect(codeOf(ask({ tenantId: "other" }))).toBe("begun");
  finish(first);
  finish(first);
  expect(codeOf(ask())).toBe("begun");
  expect(codeOf(ask())).toBe("sensor.busy");
});

test("all tenants together have eight", () => {
  const { ask } = limitsAt();
  for (let at = 0; at < questionLimits.atOnce; at += 1) expect(codeOf(ask({ tenantId: `tenant ${at}` }))).toBe("begun");
  expect(codeOf(ask({ tenantId: "another" }))).toBe("sensor.busy");
});

test("a tenant has ten questions a minute, and a clock set back takes none of them away", () => {
  const { clock, ask } = limitsAt();
  for (let at = 0; at < questionLimits.perMinute; at += 1) finish(ask());
  expect(codeOf(ask())).toBe("sensor.too-many-questions");
  expect(codeOf(ask({ tenantId: "other" }))).toBe("begun");
  clock.now += 6_000;
  const one = ask();
  expect(codeOf(one)).toBe("begun");
  finish(one);
  expect(codeOf(ask())).toBe("sensor.too-many-questions");
  clock.now -= 3_000;
  expect(codeOf(ask())).toBe("sensor.too-many-questions");
});
