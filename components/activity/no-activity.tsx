import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import type { ActivityView } from "#lib/console/activity-view.ts";

/** What stands there before the first client has come, or while nothing is kept. */
export function NoActivity({ view: { siteId, hostName, keptDays } }: { view: ActivityView }) {
  if (keptDays === 0)
    return (
      <EmptyState title="The ledger is switched off">
        <p>
          Nothing of what happens at this site is kept, because LEDGER_DAYS is 0. Whoever runs this product sets it to the number of days
          that events may be kept, and starts it again.
        </p>
      </EmptyState>
    );
  return (
    <EmptyState title="Nobody has connected yet" action={<LinkButton href={`/settings/sites/${siteId}/activity`}>Look again</LinkButton>}>
      <p>
        As soon as a client connects to {hostName || "this site"}, it is listed here with its certificate and what was decided about it,
        also when it was refused. Try it yourself: open https://{hostName || "the site’s name"} in a browser, or call it with curl.
      </p>
      <p>
        If you have done that and nothing appears, no connection arrives: look where the host name’s address leads, and whether the tab{" "}
        <a className="rounded-xs underline underline-offset-2" href={`/settings/sites/${siteId}`}>
          Settings
        </a>{" "}
        says that the site is being served.
      </p>
    </EmptyState>
  );
}
