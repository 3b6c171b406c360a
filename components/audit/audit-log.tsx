"use client";

import { AuditToolbar } from "#components/audit/audit-toolbar.tsx";
import { useTypedQuery } from "#components/shell/use-typed-query.ts";
import { Button } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Facts } from "#components/ui/facts.tsx";
import { Link } from "#components/ui/link.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { StatusRegion } from "#components/ui/status-region.tsx";
import { type Column, Table } from "#components/ui/table.tsx";
import { Time } from "#components/ui/time.tsx";
import type { AuditEntry, AuditPage } from "#lib/console/audit-entries.ts";
import { type AuditQuery, isNarrowed, writeAuditQuery } from "#lib/console/audit-query.ts";

const columns: readonly Column<AuditEntry>[] = [
  { key: "what", header: "What", cell: (entry) => <What entry={entry} /> },
  { key: "who", header: "Who", cell: ({ actor }) => <span className="wrap-break-word">{actor}</span> },
  { key: "from", header: "From", cell: ({ address }) => <From address={address} /> },
  { key: "when", header: "When", className: "@min-[46rem]:whitespace-nowrap", cell: ({ at }) => <Time value={at} /> },
];

/** Who did what, when and from where: filters live in the URL, so that what is found can be sent to somebody. */
export function AuditLog({ query, page }: { query: AuditQuery; page: AuditPage }) {
  const { typed, show, isPending } = useTypedQuery(query, writeAuditQuery);
  return (
    <div className="@container grid gap-3">
      <AuditToolbar query={typed} onQuery={show} />
      <StatusRegion className="text-quiet">
        {isNarrowed(query) && !isPending && `${page.entries.length}${page.olderBefore === null ? "" : " or more"} entries match`}
      </StatusRegion>
      <div aria-busy={isPending} className="grid gap-3 aria-busy:opacity-60">
        {page.entries.length > 0 ? (
          <Table caption="Audit Log" columns={columns} rows={page.entries} rowKey={({ id }) => String(id)} />
        ) : (
          <Nothing query={query} onClear={() => show({ search: "", group: null, from: "", until: "", before: null })} />
        )}
        <div className="flex flex-wrap gap-2">
          {query.before !== null && <LinkButton href={`?${writeAuditQuery({ ...query, before: null })}`}>Newest entries</LinkButton>}
          {page.olderBefore !== null && (
            <LinkButton href={`?${writeAuditQuery({ ...query, before: page.olderBefore })}`}>Older entries</LinkButton>
          )}
        </div>
      </div>
    </div>
  );
}

function What({ entry }: { entry: AuditEntry }) {
  const { action, subject, href, details, items } = entry;
  return (
    <div className="grid min-w-0 gap-0.5">
      <p className="wrap-anywhere">
        <span className="font-medium">{action}</span>
        {subject !== "" && " · "}
        {href === null ? (
          <span className="font-mono text-mono">{subject}</span>
        ) : (
          <Link href={href} className="rounded-xs font-mono text-mono underline underline-offset-2">
            {subject}
          </Link>
        )}
      </p>
      {details.length > 0 && <p className="text-small text-quiet wrap-anywhere">{shorten(details)}</p>}
      <details className="text-small">
        <summary className="w-fit cursor-pointer rounded-xs text-quiet">Details</summary>
        <div className="grid gap-1.5 pt-1.5">
          {details.length + items.length > 0 && (
            <ul className="grid list-disc gap-0.5 pl-5 wrap-anywhere">
              {[...details, ...items].map((detail, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a row of the log never changes.
                <li key={index}>{detail}</li>
              ))}
            </ul>
          )}
          <Facts
            facts={[
              { label: "Row", value: String(entry.id), isMono: true },
              { label: "Time", value: entry.at, isMono: true },
              { label: "Hash", value: entry.hash, isMono: true, copy: entry.hash },
            ]}
          />
        </div>
      </details>
    </div>
  );
}

function From({ address }: { address: string }) {
  return address === "" ? <span className="text-quiet">this machine</span> : <span className="font-mono text-mono">{address}</span>;
}

function Nothing({ query, onClear }: { query: AuditQuery; onClear(): void }) {
  if (!isNarrowed(query))
    return (
      <EmptyState title="No entries here">
        <p>Every change of a site, a feature or an account is written here as it happens, with who did it and from where.</p>
      </EmptyState>
    );
  return (
    <EmptyState title="No entry matches" action={<Button onClick={onClear}>Clear filters</Button>}>
      <p>The search looks at names, addresses, what was changed and what happened to it. Days are counted in UTC.</p>
    </EmptyState>
  );
}

function shorten(details: readonly string[]): string {
  const shown = details.slice(0, 5).join(" · ");
  const rest = details.length - 5;
  return rest > 0 ? `${shown} · and ${rest} more` : shown;
}
