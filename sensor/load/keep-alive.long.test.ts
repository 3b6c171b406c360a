import { expect, it } from "vitest";
import { loadKeptConnections } from "#sensor/load/keep-alive-load.ts";

it("50,000 requests over mTLS both ways lose nothing while another site is saved 50 times and this one gets CAs added", async () => {
  const { requests, ...report } = await loadKeptConnections(50_000);
  expect(report).toEqual({ failures: [], miscounted: [], clients: 21, saves: 50 });
  expect(requests).toBeGreaterThanOrEqual(50_000);
});
