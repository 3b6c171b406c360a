import { expect, it } from "vitest";
import { runLedgerLoad } from "#sensor/load/ledger-load.ts";

it("2,000 events a second are all written, within the bounds, for two seconds", async () => {
  const load = await runLedgerLoad(2);
  expect(load.dropped).toBe(0);
  expect(load.written).toBe(load.added);
  expect(load.added).toBeGreaterThan(3_000);
  expect(load.rows).toBeLessThanOrEqual(8 * 160);
}, 60_000);
