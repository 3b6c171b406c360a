import { expect, test } from "vitest";
import { type Asker, createTurns } from "#lib/console/turns.ts";

const never = new AbortController().signal;

/** Turns of which the first is taken until `release`; `order` is who was worked for. */
async function heldTurns(bounds: { most: number; mostOfGroup?: number }) {
  const turns = createTurns(bounds);
  const held = Promise.withResolvers<void>();
  const order: string[] = [];
  const running = turns.take({ group: "first", key: "first" }, never, () => held.promise);
  const ask = async ({ group, key }: Asker, signal: AbortSignal = never) => {
    const turn = await turns.take({ group, key }, signal, () => order.push(key));
    return turn.isTaken ? "answered" : turn.reason;
  };
  const release = async () => {
    held.resolve();
    await running;
  };
  return { ask, order, release };
}

test("works for one at a time, whatever becomes of the work before", async () => {
  const turns = createTurns({ most: 5 });
  let running = 0;
  const work = async () => {
    running += 1;
    expect(running).toBe(1);
    await null;
    running -= 1;
    throw new Error("no good");
  };
  const all = await Promise.allSettled(["a", "b", "c"].map((key) => turns.take({ group: "g", key }, never, work)));
  expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(await turns.take({ group: "g", key: "d" }, never, () => 4)).toEqual({ isTaken: true, value: 4 });
});

test("of one asker the newest is answered, at the place of the first", async () => {
  const { ask, order, release } = await heldTurns({ most: 5 });
  const older = ask({ group: "g", key: "ana" });
  const ben = ask({ group: "g", key: "ben" });
  const newer = ask({ group: "g", key: "ana" });
  expect(await older).toBe("superseded");
  await release();
  expect([await newer, await ben, order]).toEqual(["answered", "answered", ["ana", "ben"]]);
});

test("a group that fills its part leaves others theirs, and goes by turns with them", async () => {
  const { ask, order, release } = await heldTurns({ most: 5, mostOfGroup: 3 });
  const loud = ["b1", "b2", "b3"].map((key) => ask({ group: "b", key }));
  expect(await ask({ group: "b", key: "b4" })).toBe("busy");
  const quiet = ask({ group: "a", key: "a1" });
  await release();
  expect([await quiet, ...(await Promise.all(loud))]).toEqual(Array(4).fill("answered"));
  expect(order).toEqual(["b1", "a1", "b2", "b3"]);
});

test("all groups together are bounded, and a newer question takes the place of the older one", async () => {
  const { ask, release } = await heldTurns({ most: 2 });
  const waiting = ["a", "b"].map((group) => ask({ group, key: "x" }));
  expect(await ask({ group: "c", key: "x" })).toBe("busy");
  const newer = ask({ group: "b", key: "x" });
  await release();
  expect(await Promise.all([...waiting, newer])).toEqual(["answered", "superseded", "answered"]);
});

test("who has gone keeps no place", async () => {
  const { ask, order, release } = await heldTurns({ most: 1 });
  const abort = new AbortController();
  const gone = ask({ group: "g", key: "ana" }, abort.signal);
  abort.abort();
  expect(await gone).toBe("gone");
  expect(await ask({ group: "g", key: "ana" }, abort.signal)).toBe("gone");
  const ben = ask({ group: "g", key: "ben" });
  await release();
  expect([await ben, order]).toEqual(["answered", ["ben"]]);
});
