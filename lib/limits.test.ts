import { expect, it } from "vitest";
import { readEnvironment } from "#lib/env.ts";
import { shareOf } from "#lib/limits.ts";

const whole = readEnvironment({}).sensorLimits;

it("a worker gets its part of what only workers can count, and the whole of the rest", () => {
  const share = shareOf(whole, 4);
  const parts = { connectionsPerSite: 2_500, requestsPerAddress: 250, requestsPerSite: 1_250, helloBytes: 4_194_304 };
  expect(share).toEqual({ ...whole, ...parts });
  expect(shareOf(whole, 1)).toEqual(whole);
});

it("of many workers each has room for one connection's streams and for some large hellos", () => {
  expect(shareOf(whole, 64)).toMatchObject({ requestsPerAddress: 100, requestsPerSite: 100, helloBytes: 1_048_576 });
  expect(shareOf({ ...whole, requestsPerAddress: 20, requestsPerSite: 500 }, 64)).toMatchObject({
    requestsPerAddress: 20,
    requestsPerSite: 100,
  });
});
