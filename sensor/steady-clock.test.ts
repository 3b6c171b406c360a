import { expect, test } from "vitest";
import { createClockWatch } from "#sensor/steady-clock.ts";

const minute = 60_000;

test("a clock that goes as time does is believed, from the first look on", () => {
  const isSteady = createClockWatch();
  for (const at of [0, minute, 500 * minute]) expect(isSteady({ wallMs: 1e12 + at, steadyMs: at })).toBe(true);
});

test.each([
  ["forward", 86_400_000],
  ["back", -86_400_000],
])("for an hour after a jump %s it is not believed, and then it is", (_, jump) => {
  const isSteady = createClockWatch();
  isSteady({ wallMs: 1e12, steadyMs: 0 });
  const at = (minutes: number) => isSteady({ wallMs: 1e12 + jump + minutes * minute, steadyMs: minutes * minute });
  expect([at(1), at(30), at(60), at(62)]).toEqual([false, false, false, true]);
});

test("small corrections are nothing", () => {
  const isSteady = createClockWatch();
  isSteady({ wallMs: 1e12, steadyMs: 0 });
  expect(isSteady({ wallMs: 1e12 + 5 * minute, steadyMs: minute })).toBe(true);
});
