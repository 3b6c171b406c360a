import { expect, test } from "vitest";
import { sayDuration } from "#components/ui/duration.ts";

test.each([
  [0, "less than 0.1 s"],
  [99, "less than 0.1 s"],
  [100, "0.1 s"],
  [312, "0.3 s"],
  [4_020, "4 s"],
  [9_949, "9.9 s"],
  [9_950, "9 s"],
  [14_800, "14 s"],
  [119_999, "119 s"],
  [120_000, "2 min"],
  [7_199_999, "119 min"],
  [7_200_000, "2 h"],
  [172_800_000, "2 days"],
])("says %i ms as “%s”", (ms, words) => {
  expect(sayDuration(ms)).toBe(words);
});
