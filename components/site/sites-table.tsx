"use client";

import { useTypedQuery } from "#components/shell/use-typed-query.ts";
import { servingWords } from "#components/site/serving-words.ts";
import { ExpiryCell, MtlsCell, ServingCell, SiteCell, TlsCell } from "#components/site/site-cells.tsx";
import { SitesToolbar } from "#components/site/sites-toolbar.tsx";
import { useServingStates } from "#components/site/use-serving-states.ts";
import { Button } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { StatusRegion, StatusText } from "#components/ui/status-region.tsx";
import { type Column, Table } from "#components/ui/table.tsx";
import { Time } from "#components/ui/time.tsx";
import { type SiteColumn, type SiteQuery, writeSiteQuery } from "#lib/console/site-query.ts";
import type { SitePage, SiteRow } from "#lib/console/site-view.ts";

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

/** The tenant's sites, page by page, with what is really being served; search, order and page live in the URL. */
export function SitesTable({ query, page }: { query: SiteQuery; page: SitePage }) {
  const { typed, show, isPending } = useTypedQuery(query, writeSiteQuery);
  const { rows, staleSince } = useServingStates(page);
  const silent = rows.find(({ serving }) => serving.state === "waiting" && !serving.isSensorAlive)?.serving;
  return (
    <div className="@container grid gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <SitesToolbar query={typed} onQuery={show} />
        <StatusRegion className="flex flex-wrap gap-x-4 gap-y-1 text-quiet">
          {query.search.trim() !== "" && !isPending && `${countSites(page.found)} found`}
          {staleSince && (
            <StatusText meaning="notice">
              The console does not answer; the list is from <Time value={staleSince} />.
            </StatusText>
          )}
          {silent && !staleSince && <StatusText meaning="notice">{servingWords(silent).more}</StatusText>}
        </StatusRegion>
      </div>
      <div aria-busy={isPending} className="grid gap-3 aria-busy:opacity-60">
        {rows.length > 0 ? (
          <Table
            caption="Sites"
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            sort={{ key: typed.column, direction: typed.isDescending ? "descending" : "ascending" }}
            onSort={({ key, direction }) =>
              key !== "edit" && show({ ...typed, column: key, isDescending: direction === "descending", page: 1 })
            }
          />
        ) : (
          <EmptyState
            title={`No site matches “${query.search.trim()}”`}
            action={<Button onClick={() => show({ ...typed, search: "", page: 1 })}>Clear search</Button>}
          >
            <p>The search looks at host names and wildcards.</p>
          </EmptyState>
        )}
        {page.pages > 1 && <Pages query={query} page={page} />}
      </div>
    </div>
  );
}

/** The way through a long list. */
function Pages({ query, page: { page, pages, from, found, rows } }: { query: SiteQuery; page: SitePage }) {
  const hrefOf = (wanted: number) => `/settings/sites?${writeSiteQuery({ ...query, page: wanted })}`;
  return (
    <nav aria-label="Pages of the list" className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <p className="text-quiet tabular-nums">
        {from.toLocaleString("en")}–{(from + rows.length - 1).toLocaleString("en")} of {countSites(found)}
      </p>
      <div className="flex flex-wrap gap-2">
        {page > 2 && <LinkButton href={hrefOf(1)}>First page</LinkButton>}
        {page > 1 && <LinkButton href={hrefOf(page - 1)}>Previous page</LinkButton>}
        {page < pages && <LinkButton href={hrefOf(page + 1)}>Next page</LinkButton>}
        {page < pages - 1 && <LinkButton href={hrefOf(pages)}>Last page</LinkButton>}
      </div>
    </nav>
  );
}

function countSites(count: number): string {
  return count === 1 ? "1 site" : `${count.toLocaleString("en")} sites`;
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
