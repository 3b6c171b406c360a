import { expect, test } from "vitest";
import { activityRanges } from "#lib/console/activity-query.ts";
import { plotRange, plotView } from "#lib/console/plot-view.ts";
import type { Plot } from "#lib/store/store.ts";

const now = new Date("2026-11-24T12:34:56Z");
const ranges = Object.keys(activityRanges) as (keyof typeof activityRanges)[];
const at = (time: string) => new Date(`2026-11-24T${time}:00Z`);
const plot = (buckets: Plot["buckets"]): Plot => ({ buckets, losses: { dropped: 2, evicted: 3 }, keptSince: at("08:00") });

test.each(ranges)("over %s the bars lie side by side and the last one holds this moment", (range) => {
  const asked = plotRange("one", range, now);
  const { starts, stepS } = plotView(plot([]), range, asked);
  expect(starts).toHaveLength(activityRanges[range].bars);
  expect(starts[0]).toBe(asked.from.toISOString());
  const last = Date.parse(starts.at(-1) ?? "");
  expect(last).toBeLessThanOrEqual(now.getTime());
  expect(last + stepS * 1_000).toBe(asked.to.getTime());
  expect(asked.to.getTime()).toBeGreaterThan(now.getTime());
  for (const [bar, start] of starts.entries()) expect(Date.parse(start)).toBe(asked.from.getTime() + bar * stepS * 1_000);
});

test("buckets are added up in their bars, by verdict, and losses are handed on", () => {
  const row = { kind: "handshake", verdict: "CLIENT_CERT_EXPIRED", isRefused: true } as const;
  const asked = plotRange("one", "7d", now);
  const view = plotView(
    plot([
      { start: at("06:00"), ...row, count: 1 },
      { start: at("07:00"), ...row, count: 2 },
      { start: at("12:00"), ...row, count: 4 },
      { start: at("12:00"), kind: "handshake", verdict: "CLIENT_CERT_VERIFIED", isRefused: false, count: 9 },
    ]),
    "7d",
    asked,
  );
  expect(view.series.map(({ verdict, total, counts }) => [verdict, total, counts.slice(-2)])).toEqual([
    ["CLIENT_CERT_VERIFIED", 9, [0, 9]],
    ["CLIENT_CERT_EXPIRED", 7, [3, 4]],
  ]);
  expect([view.losses, view.keptSince]).toEqual([{ dropped: 2, evicted: 3 }, "2026-11-24T08:00:00.000Z"]);
});

test("the 403 behind a refused handshake is not counted as a second refusal, another refused request is", () => {
  const start = at("12:00");
  const refused = { start, isRefused: true, count: 1 } as const;
  const view = plotView(
    plot([
      { ...refused, kind: "handshake", verdict: "CLIENT_CERT_MISSING" },
      { ...refused, kind: "request", verdict: "CLIENT_CERT_MISSING" },
      { ...refused, kind: "request", verdict: "HOST_SNI_MISMATCH" },
      { ...refused, kind: "request", verdict: "REQUEST_REFUSED" },
    ]),
    "24h",
    plotRange("one", "24h", now),
  );
  expect(Object.fromEntries(view.series.map(({ verdict, total }) => [verdict, total]))).toEqual({
    CLIENT_CERT_MISSING: 1,
    HOST_SNI_MISMATCH: 1,
    REQUEST_REFUSED: 1,
  });
});
