import { expect, test } from "vitest";
import {
  type ActivityQuery,
  isNarrowed,
  longestSearch,
  readActivityQuery,
  wholeActivity,
  writeActivityQuery,
} from "#lib/console/activity-query.ts";

const read = (text: string) => readActivityQuery(new URLSearchParams(text));

test("a query comes back from its URL as it was, and the whole is an empty one", () => {
  const query: ActivityQuery = {
    search: "partner & 17",
    range: "7d",
    kind: "origin",
    outcome: "refused",
    verdict: "ORIGIN_TIMEOUT",
    certificate: "ab".repeat(32),
    before: 12,
    callersBefore: { lastAt: 1_700_000_000_000, id: 5 },
  };
  expect(read(writeActivityQuery(query))).toEqual(query);
  expect(writeActivityQuery(wholeActivity)).toBe("");
  expect(read("")).toEqual(wholeActivity);
});

test.each([
  "range=5y",
  "range=constructor",
  "kind=__proto__",
  "outcome=maybe",
  "verdict=DROPPED",
  "certificate=ABC",
  "certificate=' OR 1=1",
  "before=-1",
  "before=1e99",
  "before=x",
  "callers=5",
  "callers=a-b",
  "callers=5-0",
])("what makes no sense is left out: %s", (text) => expect(read(text)).toEqual(wholeActivity));

test("a search is cut at the length that the field takes, which a fingerprint with its colons fits in", () => {
  expect(read(`search=${"x".repeat(1_000)}`).search).toHaveLength(longestSearch);
  const fingerprint = Array.from({ length: 32 }, () => "AB").join(":");
  expect(read(`search=${fingerprint}`).search).toBe(fingerprint);
});

test("time and place in the list narrow nothing", () => {
  expect(
    [{ range: "1h" }, { before: 3 }, { certificate: "none" }, { search: "x" }].map((part) =>
      isNarrowed({ ...wholeActivity, ...part } as ActivityQuery),
    ),
  ).toEqual([false, false, true, true]);
});
