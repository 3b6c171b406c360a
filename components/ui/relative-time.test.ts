import { expect, test } from "vitest";
import { relativeTime } from "#components/ui/relative-time.ts";

const day = 86_400_000;

test.each([
  [0, "now"],
  [-3_000, "3 seconds ago"],
  [-59_999, "59 seconds ago"],
  [-120_000, "2 minutes ago"],
  [5 * 3_600_000, "in 5 hours"],
  [day - 3_000, "in 1 day"],
  [day / 2 - 59_000, "in 12 hours"],
  [day / 2 - 61_000, "in 11 hours"],
  [3_600_000 - 5_000, "in 1 hour"],
  [3_600_000 - 61_000, "in 58 minutes"],
  [41 * day + 1, "in 41 days"],
  [-1 * day, "1 day ago"],
  [400 * day, "in 400 days"],
  [3 * 365 * day, "in 3 years"],
])("says %i ms from now as “%s”", (offsetMs, words) => {
  expect(relativeTime(1_800_000_000_000 + offsetMs, 1_800_000_000_000)).toBe(words);
});
