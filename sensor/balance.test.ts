import { expect, it } from "vitest";
import { type Load, restingAmong } from "#sensor/balance.ts";

const loads = (...counts: number[]): Load[] => counts.map((count) => ({ count, isResting: false, heardAt: 1_000 }));
const resting = (...of: Load[]) => restingAmong(of, 1_000);

it("nobody rests alone, with few connections, or near the mean", () => {
  for (const counts of [[], [5_000], [6, 0], [60, 52], [125, 100, 75]]) expect(resting(...loads(...counts))).not.toContain(true);
});

it("who has a quarter and a few more than the mean rests", () => {
  expect(resting(...loads(11, 0))).toEqual([true, false]);
  expect(resting(...loads(1_000, 500, 400))).toEqual([true, false, false]);
});

it("who rests goes on resting until it is near the mean", () => {
  const [first, second] = loads(110, 100) as [Load, Load];
  expect(resting({ ...first, isResting: true }, second)).toEqual([true, false]);
  expect(resting({ ...first, count: 104, isResting: true }, second)).toEqual([false, false]);
});

it("never do all rest, whatever they have and did before", () => {
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let round = 0; round < 5_000; round += 1) {
    const any = Array.from({ length: 1 + random(8) }, () => ({
      count: random(10 ** random(5)),
      isResting: random(2) === 0,
      heardAt: 1_000,
    }));
    expect(resting(...any)).toContain(false);
  }
});

it("nobody rests on account of one that is silent, and hangs", () => {
  const [busy, hanging] = loads(50, 0) as [Load, Load];
  expect(restingAmong([busy, hanging], 1_000)).toEqual([true, false]);
  const heard = { ...busy, isResting: true, heardAt: 3_000 };
  expect(restingAmong([heard, hanging], 3_000)).toEqual([false, false]);
});
