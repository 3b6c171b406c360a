import { describe, expect, it } from "vitest";
import type { LedgerBatch } from "#lib/store/ledger-entry.ts";
import { entryOf, shown } from "#lib/store/ledger-fixture.ts";
import { createLedger } from "#sensor/ledger.ts";

/** A writer that takes batches when the test says so. */
function heldWriter({ isGone = false, ...options }: { isGone?: boolean; drainMs?: number } = {}) {
  const batches: LedgerBatch[] = [];
  const drops = { queue: 0, writer: 0 };
  let settle: { resolve: () => void; reject: (failure: Error) => void } | null = null;
  const ledger = createLedger({
    pauseMs: 1,
    ...options,
    onDropped: (reason, count) => {
      drops[reason] += count;
    },
    send(batch) {
      batches.push(batch);
      if (isGone) return Promise.reject(new Error("gone"));
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      settle = { resolve, reject };
      return promise;
    },
  });
  const counted = (key: "entries" | "dropped") =>
    batches.reduce(
      (sum, batch) => sum + (key === "entries" ? batch.entries.length : batch.dropped.reduce((all, { count }) => all + count, 0)),
      0,
    );
  return { ledger, batches, drops, counted, take: () => settle?.resolve(), fail: () => settle?.reject(new Error("gone")) };
}

describe("a worker's events", () => {
  it("go in batches, one under way at a time", async () => {
    const { ledger, batches, take } = heldWriter();
    ledger.add(entryOf());
    ledger.add(entryOf());
    await expect.poll(() => batches.length).toBe(1);
    expect(batches[0]?.entries).toHaveLength(2);
    for (let count = 0; count < 5; count += 1) ledger.add(entryOf());
    const draining = ledger.drain();
    expect(batches).toHaveLength(1);
    take();
    await expect.poll(() => batches.length).toBe(2);
    expect(batches[1]?.entries).toHaveLength(5);
    take();
    await draining;
  });

  it("that find no room are dropped and counted by site, while a partner's still do", async () => {
    const { ledger, batches, drops, counted, take } = heldWriter();
    ledger.add(entryOf());
    await expect.poll(() => batches.length).toBe(1);
    for (let count = 0; count < 10_000; count += 1)
      ledger.add(shown(`s${count}`, { siteId: count < 9_000 ? "loud" : "other", caller: "stranger", verdict: "CLIENT_CERT_UNTRUSTED" }));
    for (let count = 0; count < 100; count += 1) ledger.add(shown("partner"));
    expect(drops.queue).toBe(9_500);
    const draining = ledger.drain();
    take();
    for (const size of [2]) await expect.poll(() => batches.length).toBe(size);
    take();
    await draining;
    expect(counted("entries")).toBe(1 + 500 + 100);
    expect(batches.flatMap(({ dropped }) => dropped)).toEqual([
      { siteId: "loud", count: 8_500 },
      { siteId: "other", count: 1_000 },
    ]);
    expect(batches.flatMap(({ entries }) => entries).filter(({ caller }) => caller === "verified")).toHaveLength(100);
  });

  it("that nobody took are told as dropped with the next batch", async () => {
    const { ledger, batches, drops, counted, take, fail } = heldWriter();
    for (let count = 0; count < 3; count += 1) ledger.add(entryOf());
    await expect.poll(() => batches.length).toBe(1);
    fail();
    await expect.poll(() => batches.length).toBe(2);
    take();
    expect(drops.writer).toBe(3);
    expect(counted("dropped")).toBe(3);
    await ledger.drain();
  });

  it("are given up at the end when there is nobody to take them", async () => {
    const { ledger, batches, drops } = heldWriter({ isGone: true });
    ledger.add(entryOf());
    await ledger.drain();
    expect([batches.length, drops.writer]).toEqual([1, 1]);
  });

  it("wait at the end only so long for a writer that takes nothing", async () => {
    const { ledger, batches } = heldWriter({ drainMs: 20 });
    ledger.add(entryOf());
    await ledger.drain();
    expect(batches).toHaveLength(1);
  });
});
