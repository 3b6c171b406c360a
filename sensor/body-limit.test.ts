import { describe, expect, it } from "vitest";
import { createBodyLimit } from "#sensor/body-limit.ts";

describe("a body", () => {
  it("ends for the origin only where its client has ended it", async () => {
    const endings = await Promise.all([true, false].map(ending));
    expect(endings).toEqual(["ended", "still open"]);
  });
});

/** A body that is cut short ends the stream it is read from all the same. */
async function ending(isWhole: boolean): Promise<string> {
  const limit = createBodyLimit(10, { onOver: () => {}, isWhole: () => isWhole });
  let ended = "still open";
  limit.resume().once("end", () => {
    ended = "ended";
  });
  limit.end("hello");
  await new Promise((later) => setImmediate(later));
  return ended;
}
