"use client";

import { useDeferredValue } from "react";
import { servingWords } from "#components/site/serving-words.ts";
import { ExpiryCell, MtlsCell, ServingCell, SiteCell, TlsCell } from "#components/site/site-cells.tsx";
import { type SiteColumn, selectSites } from "#components/site/site-order.ts";
import { SitesToolbar } from "#components/site/sites-toolbar.tsx";
import { useServingStates } from "#components/site/use-serving-states.ts";
import { useSiteQuery } from "#components/site/use-site-query.ts";
import { Button } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { StatusRegion, StatusText } from "#components/ui/status-region.tsx";
import { type Column, Table } from "#components/ui/table.tsx";
import { Time } from "#components/ui/time.tsx";
import type { SiteRow } from "#lib/console/site-view.ts";

const columns: readonly Column<SiteRow, SiteColumn | "edit">[] = [
  { key: "site", header: "Site", isSortable: true, cell: (row) => <SiteCell row={row} /> },
  { key: "tls", header: "TLS", isSortable: true, cell: (row) => <TlsCell row={row} /> },
  { key: "mtls", header: "mTLS", isSortable: true, cell: (row) => <MtlsCell row={row} /> },
  { key: "expires", header: "Certificates", isSortable: true, cell: (row) => <ExpiryCell row={row} /> },
  {
    key: "serving",
    header: "Serving",
    isSortable: true,
    className: "@min-[46rem]:w-1/4",
    cell: (row) => <ServingCell serving={row.serving} />,
  },
  { key: "edit", header: "Actions", isHeaderHidden: true, className: "md:w-px", cell: (row) => <EditLink row={row} /> },
];

/** The tenant's sites with what is really being served; search and order live in the URL. */
export function SitesTable({ rows, tenantId }: { rows: readonly SiteRow[]; tenantId: string }) {
  const [query, show] = useSiteQuery();
  const { rows: live, staleSince } = useServingStates(rows, tenantId);
  // Typing goes before a long list.
  const shown = selectSites(live, useDeferredValue(query));
  const silent = live.find(({ serving }) => serving.state === "waiting" && !serving.isSensorAlive)?.serving;
  return (
    <div className="@container grid gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <SitesToolbar query={query} onQuery={show} />
        <StatusRegion className="flex flex-wrap gap-x-4 gap-y-1 text-quiet">
          {query.search.trim() !== "" && `${shown.length} of ${rows.length} sites`}
          {staleSince && (
            <StatusText meaning="notice">
              The console does not answer; the list is from <Time value={staleSince} />.
            </StatusText>
          )}
          {silent && !staleSince && <StatusText meaning="notice">{servingWords(silent).more}</StatusText>}
        </StatusRegion>
      </div>
      {shown.length > 0 ? (
        <Table
          caption="Sites"
          columns={columns}
          rows={shown}
          rowKey={(row) => row.id}
          sort={{ key: query.column, direction: query.isDescending ? "descending" : "ascending" }}
          onSort={({ key, direction }) => key !== "edit" && show({ ...query, column: key, isDescending: direction === "descending" })}
        />
      ) : (
        <EmptyState
          title={`No site matches “${query.search.trim()}”`}
          action={<Button onClick={() => show({ ...query, search: "" })}>Clear search</Button>}
        >
          <p>The search looks at host names and wildcards.</p>
        </EmptyState>
      )}
    </div>
  );
}

// The whole row leads where its link leads.
function EditLink({ row }: { row: SiteRow }) {
  return (
    <LinkButton
      href={`/settings/sites/${row.id}`}
      aria-label={`Edit Site ${row.hostName || row.id}`}
      className="after:absolute after:inset-0 after:content-['']"
    >
      Edit Site
    </LinkButton>
  );
}
