import { ActivityPlot } from "#components/activity/activity-plot.tsx";
import { Card } from "#components/ui/card.tsx";
import { Link } from "#components/ui/link.tsx";
import { StatusText } from "#components/ui/status-region.tsx";
import { Time } from "#components/ui/time.tsx";
import { type ActivityQuery, activityRanges, writeActivityQuery } from "#lib/console/activity-query.ts";
import type { ActivityView, PlotSeries } from "#lib/console/activity-view.ts";
import { isHeldAgainst, isUpstreamVerdict } from "#lib/site/verdict.ts";

/** How many were let in and how many were not, over time, and what these numbers do not hold. */
export function ActivitySummary({ view, query }: { view: ActivityView; query: ActivityQuery }) {
  const { plot } = view;
  const { words } = activityRanges[query.range];
  const isOfOrigin = ({ verdict }: PlotSeries) => isUpstreamVerdict(verdict);
  const accepted = sum(plot.series.filter(({ isRefused, verdict }) => !isRefused && !isHeldAgainst(verdict)));
  const excused = sum(plot.series.filter(({ isRefused, verdict }) => !isRefused && isHeldAgainst(verdict)));
  const refused = sum(plot.series.filter((one) => one.isRefused && !isOfOrigin(one)));
  const failed = sum(plot.series.filter((one) => one.isRefused && isOfOrigin(one)));
  return (
    <Card title="Accepted and refused">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <p>
          In the last {words}: <strong>{accepted.toLocaleString("en")} accepted</strong> ·{" "}
          <strong>{refused.toLocaleString("en")} refused</strong> ·{" "}
          {excused > 0 && (
            <>
              <strong>{excused.toLocaleString("en")} let in only because the site observes</strong> ·{" "}
            </>
          )}{" "}
          {failed.toLocaleString("en")} {failed === 1 ? "failure" : "failures"} of the origin
        </p>
        <Ranges query={query} />
      </div>
      <ActivityPlot plot={plot} since={words} />
      <Losses view={view} />
    </Card>
  );
}

function Ranges({ query }: { query: ActivityQuery }) {
  return (
    <nav aria-label="Time range" className="sm:ml-auto">
      <ul className="flex flex-wrap gap-1">
        {(Object.keys(activityRanges) as (keyof typeof activityRanges)[]).map((range) => (
          <li key={range}>
            <Link
              href={`?${writeActivityQuery({ ...query, range, before: null })}`}
              scroll={false}
              aria-current={range === query.range ? "true" : undefined}
              className="inline-flex min-h-8 items-center rounded-control border border-transparent px-2 text-quiet hover:bg-hover hover:text-ink aria-[current]:border-control aria-[current]:font-medium aria-[current]:text-ink pointer-coarse:min-h-10"
            >
              {activityRanges[range].words}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Losses({ view: { plot, keptDays } }: { view: ActivityView }) {
  const { dropped, evicted } = plot.losses;
  return (
    <div className="grid gap-1 text-quiet">
      {dropped > 0 && (
        <StatusText meaning="notice">
          {dropped.toLocaleString("en")} more events of this time were never written, since there were too many at once: the numbers are too
          small by as many.
        </StatusText>
      )}
      {evicted > 0 && (
        <StatusText meaning="notice">
          {evicted.toLocaleString("en")} events were deleted in this time to make room for newer ones: the plot counts them, the list below
          lacks them.
        </StatusText>
      )}
      <p>
        {keptDays === 0 && "The ledger is switched off (LEDGER_DAYS is 0): nothing new is kept. "}
        {plot.keptSince !== null && (
          <>
            The oldest event that is kept is from <Time value={plot.keptSince} />.{" "}
          </>
        )}
        {keptDays > 0 && `Events are kept for ${keptDays} ${keptDays === 1 ? "day" : "days"}.`}
      </p>
    </div>
  );
}

function sum(series: readonly PlotSeries[]): number {
  return series.reduce((total, one) => total + one.total, 0);
}
