import { expect, test } from "vitest";
import { describeLockout, type JudgedCaller, mostListed, outcomeOf, tallyLockout } from "#lib/site/lockout.ts";

function callers(count: number, changes: Partial<JudgedCaller>): JudgedCaller[] {
  const lastAt = "2026-11-24T12:00:00.000Z";
  const one = {
    name: "a",
    fingerprint: "00",
    address: "192.0.2.1",
    lastAt,
    verdict: "CLIENT_CERT_VERIFIED",
    cause: "",
    reason: "",
  } as const;
  return Array.from({ length: count }, () => ({ ...one, outcome: "keeps" as const, ...changes }));
}

function sentence(...groups: JudgedCaller[][]): string {
  return describeLockout(tallyLockout(groups.flat(), null));
}

const lost = (count: number, cause: string) => callers(count, { outcome: "loses", cause });

test("the sentence counts those with access now, and those who lose it by reason, the most frequent first", () => {
  expect(sentence(callers(412, {}), lost(2, "signed by Partner CA G1"), lost(11, "sent no certificate"), lost(5, "expired"))).toBe(
    "412 of 430 known callers keep access; 18 lose it: 11 sent no certificate, 5 expired, 2 signed by Partner CA G1.",
  );
});

test.each<[string, JudgedCaller[][]]>([
  ["No callers observed: nobody can say who loses access.", []],
  ["No callers observed: nobody can say who loses access.", [callers(9, { outcome: "stays-out" })]],
  ["1 of 1 known caller keeps access.", [callers(1, {})]],
  ["0 of 1 known callers keep access; 1 loses it: expired.", [lost(1, "expired")]],
  [
    "2 of 5 known callers keep access; of 3 nobody can tell: never asked.",
    [callers(2, {}), callers(3, { outcome: "unknown", cause: "never asked" })],
  ],
  ["1 of 1 known caller keeps access; 2 that are refused now would get in.", [callers(1, {}), callers(2, { outcome: "gains" })]],
  [
    "0 of 6 known callers keep access; 6 lose it: 1 a, 1 b, 1 c, 1 d, 2 for other reasons.",
    ["a", "b", "c", "d", "e", "f"].map((cause) => lost(1, cause)),
  ],
])("%s", (expected, groups) => {
  expect(sentence(...groups)).toBe(expected);
});

test("who cannot be told is never counted as locked out", () => {
  expect(outcomeOf(true, "CANNOT_TELL")).toBe("unknown");
  expect(outcomeOf(true, "CLIENT_CERT_NOT_ASKED")).toBe("unknown");
  expect(outcomeOf(true, "CLIENT_CERT_MISSING")).toBe("loses");
  expect(outcomeOf(false, "CANNOT_TELL")).toBe("stays-out");
  expect(outcomeOf(false, "CLIENT_CERT_VERIFIED")).toBe("gains");
});

test("lists who loses access before the others, the last seen first, and no more than fit", () => {
  const late = { lastAt: "2026-11-24T13:00:00.000Z" };
  const found = tallyLockout(
    [...callers(300, { outcome: "unknown" }), ...lost(1, "x"), ...callers(1, { outcome: "loses", ...late })],
    null,
  );
  expect(found.listed).toHaveLength(mostListed);
  expect(found.listed.slice(0, 3).map(({ outcome, lastAt }) => [outcome, lastAt.slice(11, 13)])).toEqual([
    ["loses", "13"],
    ["loses", "12"],
    ["unknown", "12"],
  ]);
});
