import { expect, it } from "vitest";
import { quantile, runLedgerLoad } from "#sensor/load/ledger-load.ts";

it("2,000 events a second for ten seconds: all written, and rows, disk and memory stay within bounds", async () => {
  const load = await runLedgerLoad(10);
  const figures = {
    ...load,
    acknowledgements: [quantile(load.acknowledgements, 0.5), quantile(load.acknowledgements, 0.99)],
    lags: [quantile(load.lags, 0.5), quantile(load.lags, 0.99)],
    heap: load.heap.map(inMegabytes),
    resident: load.resident.map(inMegabytes),
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  expect(load.dropped).toBe(0);
  expect(load.written).toBe(load.added);
  expect(load.rows).toBeLessThanOrEqual(8 * 800);
  // Full after a third of the time: from there on the file no longer grows.
  expect(Math.max(...load.sizes.slice(6))).toBeLessThan(Math.max(...load.sizes.slice(0, 6)) * 1.2);
  expect(Math.max(...load.heap.slice(5))).toBeLessThan(Math.max(...load.heap.slice(0, 5)) + 64 * 1_048_576);
  expect(Math.max(...load.resident.slice(5))).toBeLessThan(Math.max(...load.resident.slice(0, 5)) + 64 * 1_048_576);
  expect(quantile(load.acknowledgements, 0.99)).toBeLessThan(500);
});

function inMegabytes(bytes: number): number {
  return Math.round(bytes / 1_048_576);
}
