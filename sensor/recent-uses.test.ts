import { describe, expect, it } from "vitest";
import { createRecentUses } from "#sensor/recent-uses.ts";

function usesOf({ most = 10, unusedMs = 1_000 }: { most?: number; unusedMs?: number } = {}) {
  const clock = { now: 0 };
  const busy = new Set<string>();
  const gone: string[] = [];
  const letGo = (key: string) => {
    if (busy.has(key)) return false;
    gone.push(key);
    return true;
  };
  return { ...createRecentUses({ most, unusedMs, letGo, now: () => clock.now }), clock, busy, gone };
}

describe("what was used", () => {
  it("goes when there are too many, the one that was not used for longest first", () => {
    const { use, gone } = usesOf({ most: 2 });
    for (const key of ["a", "b", "a", "c", "d"]) use(key);
    expect(gone).toEqual(["b", "a"]);
  });

  it("goes when it was not used for too long", () => {
    const { use, sweep, clock, gone } = usesOf();
    use("a");
    clock.now = 500;
    use("b");
    clock.now = 1_000;
    sweep();
    expect(gone).toEqual(["a"]);
    clock.now = 1_499;
    use("b");
    sweep();
    expect(gone).toEqual(["a"]);
  });

  it("stays while it is busy, however many there are, and another one goes", () => {
    const { use, sweep, clock, busy, gone } = usesOf({ most: 2 });
    busy.add("a");
    for (const key of ["a", "b", "c"]) use(key);
    expect(gone).toEqual(["b"]);
    clock.now = 2_000;
    sweep();
    expect(gone).toEqual(["b", "c"]);
    busy.clear();
    sweep();
    expect(gone, "busy counts as used").toEqual(["b", "c"]);
    clock.now = 3_000;
    sweep();
    expect(gone).toEqual(["b", "c", "a"]);
  });

  it("is let go once, and not at all when it was forgotten", () => {
    const { use, forget, sweep, clock, gone } = usesOf();
    use("a");
    use("b");
    forget("a");
    clock.now = 5_000;
    sweep();
    sweep();
    expect(gone).toEqual(["b"]);
  });
});
