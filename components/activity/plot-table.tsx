"use client";

import { wordsOf } from "#components/activity/verdict-badge.tsx";
import { type Column, Table } from "#components/ui/table.tsx";
import type { PlotView } from "#lib/console/activity-view.ts";

type Row = { start: string; accepted: number; refused: number; verdicts: string };

const columns: readonly Column<Row>[] = [
  { key: "start", header: "From (UTC)", cell: ({ start }) => <time dateTime={start}>{start.slice(0, 16).replace("T", " ")}</time> },
  { key: "accepted", header: "Accepted", cell: ({ accepted }) => accepted.toLocaleString("en") },
  { key: "refused", header: "Refused or failed", cell: ({ refused }) => refused.toLocaleString("en") },
  { key: "verdicts", header: "Verdicts", cell: ({ verdicts }) => verdicts },
];

/** The plot's numbers, the newest first; spans in which nothing happened are left out. */
export function PlotTable({ plot }: { plot: PlotView }) {
  const rows = plot.starts.map((start, bar) => rowOf(plot, start, bar)).filter(({ verdicts }) => verdicts !== "");
  if (rows.length === 0) return null;
  return (
    <details>
      <summary className="w-fit rounded-xs text-quiet">Numbers behind the plot, per {spanOf(plot.stepS)}</summary>
      <div className="pt-2">
        <Table caption="Numbers behind the plot" columns={columns} rows={rows.reverse()} rowKey={({ start }) => start} />
      </div>
    </details>
  );
}

function rowOf({ series }: PlotView, start: string, bar: number): Row {
  const there = series.filter(({ counts }) => (counts[bar] ?? 0) > 0);
  const sum = (isRefused: boolean) =>
    there.filter((one) => one.isRefused === isRefused).reduce((total, { counts }) => total + (counts[bar] ?? 0), 0);
  const verdicts = there.map((one) => `${(one.counts[bar] ?? 0).toLocaleString("en")} × ${wordsOf(one)}`).join(" · ");
  return { start, accepted: sum(false), refused: sum(true), verdicts };
}

function spanOf(stepS: number): string {
  if (stepS < 3_600) return `${stepS / 60 === 1 ? "minute" : `${stepS / 60} minutes`}`;
  const hours = stepS / 3_600;
  return hours === 1 ? "hour" : hours % 24 === 0 ? "day" : `${hours} hours`;
}
