import { GroupTable } from "#components/activity/group-table.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { type ActivityQuery, writeActivityQuery } from "#lib/console/activity-query.ts";
import type { ActivityView } from "#lib/console/activity-view.ts";

/** Who connected, by certificate, and what else goes wrong, by reason; both since they were first seen. */
export function CallerGroups({ view, query }: { view: ActivityView; query: ActivityQuery }) {
  const { callers, callersBefore, troubles } = view;
  const isFirst = query.callersBefore === null;
  return (
    <>
      <section aria-labelledby="callers" className="@container grid gap-2">
        <h2 id="callers" className="text-section font-semibold">
          Clients by certificate
        </h2>
        {callers.length > 0 ? (
          <GroupTable caption="Clients by certificate" first="Who" groups={callers} />
        ) : (
          <p className="text-quiet">{isFirst ? "No client has made a TLS connection yet." : "There are no older ones."}</p>
        )}
        <div className="flex flex-wrap gap-2 empty:hidden">
          {!isFirst && <LinkButton href={`?${writeActivityQuery({ ...query, callersBefore: null })}`}>Last seen clients</LinkButton>}
          {callersBefore && <LinkButton href={`?${writeActivityQuery({ ...query, callersBefore })}`}>Clients seen before</LinkButton>}
        </div>
      </section>
      {troubles.length > 0 && (
        <section aria-labelledby="troubles" className="@container grid gap-2">
          <h2 id="troubles" className="text-section font-semibold">
            Refused requests and the origin
          </h2>
          <GroupTable caption="Refused requests and the origin" first="What" groups={troubles} />
        </section>
      )}
    </>
  );
}
