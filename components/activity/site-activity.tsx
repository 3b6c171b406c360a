import { ActivitySummary } from "#components/activity/activity-summary.tsx";
import { CallerGroups } from "#components/activity/caller-groups.tsx";
import { EventsSection } from "#components/activity/events-section.tsx";
import { NoActivity } from "#components/activity/no-activity.tsx";
import { type ActivityQuery, isNarrowed } from "#lib/console/activity-query.ts";
import type { ActivityView } from "#lib/console/activity-view.ts";

/** The tab Activity: who was let in and who was not, in numbers, by certificate and one by one. */
export function SiteActivity({ view, query }: { view: ActivityView; query: ActivityQuery }) {
  const isUnused = view.plot.keptSince === null && view.callers.length === 0 && view.plot.series.length === 0 && !isNarrowed(query);
  if (isUnused) return <NoActivity view={view} />;
  return (
    <div className="grid gap-4">
      <ActivitySummary view={view} query={query} />
      {!view.hasMtlsFeature && (
        <p className="text-quiet">
          This tenant does not have the feature site-config-mtls: where a next step speaks of mTLS settings, ask an administrator for it.
        </p>
      )}
      <CallerGroups view={view} query={query} />
      <EventsSection key={view.siteId} view={view} query={query} />
    </div>
  );
}
