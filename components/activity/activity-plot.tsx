import { PlotTable } from "#components/activity/plot-table.tsx";
import { meaningOf, wordsOf } from "#components/activity/verdict-badge.tsx";
import { MeaningIcon, meaningText } from "#components/ui/meaning.tsx";
import type { PlotView } from "#lib/console/activity-view.ts";

const height = 96;
const stripHeight = 16;

/** Accepted above the line, refused and failed below it; under that a strip for each verdict, which is its legend as well. */
export function ActivityPlot({ plot, since }: { plot: PlotView; since: string }) {
  const { starts, series } = plot;
  const [accepted, refused] = [false, true].map((isRefused) =>
    sumUp(
      starts.length,
      series.filter((one) => one.isRefused === isRefused),
    ),
  );
  if (accepted === undefined || refused === undefined) return null;
  const [highest, deepest] = [Math.max(...accepted), Math.max(...refused)];
  const scale = highest + deepest > 0 ? height / (highest + deepest) : 0;
  const middle = highest * scale;
  const title = `Accepted and refused in the last ${since}: ${total(accepted)} accepted, ${total(refused)} refused or failed.`;
  return (
    <figure className="grid gap-3">
      <div className="grid gap-1">
        <Legend name="Accepted" count={total(accepted)} meaning="good" place="above the line" />
        <svg role="img" viewBox={`0 0 ${starts.length} ${height}`} preserveAspectRatio="none" className="h-24 w-full overflow-visible">
          <title>{title}</title>
          {starts.map((start, bar) => (
            <g key={start}>
              <Bar bar={bar} top={middle - visible((accepted[bar] ?? 0) * scale)} bottom={middle} className="fill-good" />
              <Bar bar={bar} top={middle} bottom={middle + visible((refused[bar] ?? 0) * scale)} className="fill-danger" />
            </g>
          ))}
          <line x1={0} x2={starts.length} y1={middle} y2={middle} className="stroke-control" vectorEffect="non-scaling-stroke" />
        </svg>
        <Legend name="Refused or failed" count={total(refused)} meaning="danger" place="below the line" />
        <p aria-hidden className="flex justify-between border-t border-line pt-1 text-small text-quiet">
          <span>{since} ago</span>
          <span>now</span>
        </p>
      </div>
      {series.length > 0 && <Strips plot={plot} />}
      <PlotTable plot={plot} />
    </figure>
  );
}

function Strips({ plot: { starts, series } }: { plot: PlotView }) {
  return (
    <ul aria-label="By verdict" className="grid gap-1.5">
      {series.map((one) => {
        const meaning = meaningOf(one);
        const highest = Math.max(...one.counts);
        return (
          <li key={wordsOf(one)} className="grid items-center gap-x-3 gap-y-0.5 sm:grid-cols-[minmax(0,20rem)_minmax(0,1fr)]">
            <span className="flex items-start gap-1.5">
              <MeaningIcon meaning={meaning} className={`mt-0.5 size-4 shrink-0 ${meaningText[meaning]}`} />
              <span className="min-w-0">{wordsOf(one)}</span>
              <span className="ml-auto pl-2 font-mono text-mono">{one.total.toLocaleString("en")}</span>
            </span>
            <svg aria-hidden viewBox={`0 0 ${starts.length} ${stripHeight}`} preserveAspectRatio="none" className="h-4 w-full bg-sunken">
              {starts.map((start, bar) => {
                const top = stripHeight - visible(((one.counts[bar] ?? 0) / highest) * stripHeight);
                return <Bar key={start} bar={bar} top={top} bottom={stripHeight} className={fills[meaning]} />;
              })}
            </svg>
          </li>
        );
      })}
    </ul>
  );
}

const fills = { good: "fill-good", notice: "fill-notice", danger: "fill-danger", unknown: "fill-unknown" };

function Legend({ name, count, meaning, place }: { name: string; count: number; meaning: "good" | "danger"; place: string }) {
  return (
    <p className="flex items-center gap-1.5">
      <MeaningIcon meaning={meaning} className={`size-4 shrink-0 ${meaningText[meaning]}`} />
      {name}
      <span className="font-mono text-mono">{count.toLocaleString("en")}</span>
      <span className="text-small text-quiet">{place}</span>
    </p>
  );
}

function Bar({ bar, top, bottom, className }: { bar: number; top: number; bottom: number; className: string }) {
  return bottom > top ? <rect x={bar + 0.1} y={top} width={0.8} height={bottom - top} className={className} /> : null;
}

/** One of thousands must not vanish. */
function visible(length: number): number {
  return length > 0 ? Math.max(2, length) : 0;
}

function sumUp(bars: number, series: PlotView["series"]): number[] {
  return Array.from({ length: bars }, (_, bar) => series.reduce((sum, { counts }) => sum + (counts[bar] ?? 0), 0));
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
