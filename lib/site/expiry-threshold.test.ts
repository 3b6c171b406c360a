import { expect, test } from "vitest";
import { dayMs, dueThreshold } from "#lib/site/expiry-threshold.ts";

const now = Date.UTC(2026, 10, 24, 12);

test.each<[what: string, daysLeft: number, given: number[], due: number | null]>([
  ["nothing while there is more than 60 days", 60.01, [], null],
  ["60 at 60 days to the millisecond", 60, [], 60],
  ["nothing more between two thresholds", 45, [60], null],
  ["30 after 60", 30, [60], 30],
  ["14 after 30", 13.9, [60, 30], 14],
  ["7 after 14", 7, [60, 30, 14], 7],
  ["1 after 7", 0.5, [60, 30, 14, 7], 1],
  ["nothing after 1, also when it has run out", -3, [60, 30, 14, 7, 1], null],
  ["only the most urgent of those that passed unseen", 5, [], 7],
  ["only the most urgent of those that passed since the last one", 0.2, [60], 1],
  ["1 for what has run out and was never told", -400, [], 1],
  ["nothing where a more urgent one was told", 20, [1], null],
  ["nothing of an end that is no date", Number.NaN, [], null],
])("is due: %s", (_, daysLeft, given, due) => {
  expect(dueThreshold(now + daysLeft * dayMs, now, given)).toBe(due);
});

test("over a certificate's last hundred days each threshold is due exactly once, whatever the pace", () => {
  for (const stepDays of [0.01, 0.3, 1]) {
    const given: number[] = [];
    for (let left = 100; left > -20; left -= stepDays) {
      const due = dueThreshold(now + left * dayMs, now, given);
      if (due !== null) given.push(due);
    }
    expect(given).toEqual([60, 30, 14, 7, 1]);
  }
});

test.each<[mostDays: number, due: number | null]>([
  [60, 7],
  [7, 7],
  [6.9, null],
  [0.5, null],
])("with no threshold over %s days, 5 days before the end %s is due", (mostDays, due) => {
  expect(dueThreshold(now + 5 * dayMs, now, [], mostDays)).toBe(due);
});
