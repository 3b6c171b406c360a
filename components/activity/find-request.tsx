import { Search } from "lucide-react";
import { EventTable } from "#components/activity/event-table.tsx";
import { Button } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Field } from "#components/ui/field.tsx";
import { Link } from "#components/ui/link.tsx";
import { StatusRegion } from "#components/ui/status-region.tsx";
import { TextInput } from "#components/ui/text-input.tsx";
import { wholeActivity, writeActivityQuery } from "#lib/console/activity-query.ts";
import type { FoundRequest } from "#lib/console/find-request.ts";

/** From the id on an error page to the site, the client and the reason. `found` is null before anything was asked. */
export function FindRequest({ requestId, found }: { requestId: string; found: FoundRequest[] | null }) {
  return (
    <div className="grid gap-4">
      <search>
        <form>
          <Field label="Request ID" help="It stands on the error page that the client got, and in the header X-Request-Id of the answer.">
            <span className="flex flex-wrap gap-2">
              <TextInput isMono name="id" type="search" defaultValue={requestId} maxLength={64} required className="max-w-[28rem]" />
              <Button type="submit" variant="primary">
                <Search aria-hidden className="size-4" />
                Find
              </Button>
            </span>
          </Field>
        </form>
      </search>
      <StatusRegion className="text-quiet">
        {found !== null && found.length > 0 && `Found at ${found.length === 1 ? "one place" : `${found.length} places`}`}
      </StatusRegion>
      {found?.length === 0 && <NotFound />}
      {found?.map(({ site, events }) => (
        <section key={site?.siteId ?? ""} aria-label={site?.hostName ?? "No site"} className="@container grid gap-2">
          <h2 className="text-section font-semibold wrap-anywhere">{site ? site.hostName : "For no site of this product"}</h2>
          {site && (
            <p className="text-quiet">
              {site.tenantName} ·{" "}
              <Link
                href={`/settings/sites/${site.siteId}/activity?${writeActivityQuery({ ...wholeActivity, range: "30d", search: requestId })}`}
                className="rounded-xs underline underline-offset-2"
              >
                Show in the activity of {site.hostName}
              </Link>
            </p>
          )}
          <EventTable caption={`Request ${requestId}`} events={events} />
        </section>
      ))}
    </div>
  );
}

function NotFound() {
  return (
    <EmptyState title="No request with this ID is known here">
      <p>
        Copy the whole ID: 36 characters with four hyphens. Requests that an origin answered itself are not listed, and older ones are
        deleted after the days that the ledger keeps. A request of another tenant’s site is found only by its people.
      </p>
    </EmptyState>
  );
}
