"use client";

import { KindCell, NameCell, SitesCell } from "#components/certificate/certificate-cells.tsx";
import type { CertificateColumn, CertificateQuery } from "#components/certificate/certificate-order.ts";
import { ExpiryBadge } from "#components/site/expiry-badge.tsx";
import { type Column, Table } from "#components/ui/table.tsx";
import type { CertificateRow } from "#lib/console/certificates-view.ts";

const columns: readonly Column<CertificateRow, CertificateColumn | "effect">[] = [
  { key: "certificate", header: "Certificate", isSortable: true, className: "@min-[46rem]:w-1/4", cell: (row) => <NameCell row={row} /> },
  { key: "kind", header: "Kind", isSortable: true, cell: (row) => <KindCell row={row} /> },
  { key: "expires", header: "Expires", isSortable: true, cell: (row) => <ExpiryBadge notAfter={row.notAfter} /> },
  { key: "sites", header: "Used by", isSortable: true, cell: (row) => <SitesCell sites={row.sites} /> },
  {
    key: "effect",
    header: "When it expires",
    className: "@min-[46rem]:w-1/4",
    cell: (row) => <span className="wrap-anywhere">{row.effect}</span>,
  },
];

/** Every certificate with its end and what follows from it. */
export function CertificatesTable({
  rows,
  query,
  onQuery,
}: {
  rows: readonly CertificateRow[];
  query: CertificateQuery;
  onQuery(query: CertificateQuery): void;
}) {
  return (
    <Table
      caption="Certificates"
      columns={columns}
      rows={rows}
      rowKey={({ kind, fingerprint }) => `${kind} ${fingerprint}`}
      sort={{ key: query.column, direction: query.isDescending ? "descending" : "ascending" }}
      onSort={({ key, direction }) => key !== "effect" && onQuery({ ...query, column: key, isDescending: direction === "descending" })}
    />
  );
}
