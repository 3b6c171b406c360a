"use client";

import type { CertificateColumn, CertificateQuery } from "#components/certificate/certificate-order.ts";
import { Field } from "#components/ui/field.tsx";
import { SearchInput } from "#components/ui/search-input.tsx";
import { Select } from "#components/ui/select.tsx";
import { type CertificateKind, kindNames } from "#lib/site/certificate-kind.ts";

const kinds = Object.entries(kindNames) as [CertificateKind, string][];

const orders: { column: CertificateColumn; words: string }[] = [
  { column: "expires", words: "First to expire" },
  { column: "certificate", words: "Name" },
  { column: "kind", words: "Kind" },
  { column: "sites", words: "Most sites" },
];

/** Search and filter, and on a phone, where the table has no head, the order. */
export function CertificatesToolbar({ query, onQuery }: { query: CertificateQuery; onQuery(query: CertificateQuery): void }) {
  return (
    <search className="flex flex-wrap items-end gap-x-4 gap-y-2">
      <Field label="Search" className="w-full @min-[46rem]:w-72">
        <SearchInput
          placeholder="Name, issuer, host name, fingerprint"
          value={query.search}
          onSearch={(search) => onQuery({ ...query, search })}
        />
      </Field>
      <Field label="Show">
        <Select
          value={query.kind ?? ""}
          onChange={(event) => onQuery({ ...query, kind: (event.currentTarget.value || null) as CertificateKind | null })}
        >
          <option value="">All that sites use</option>
          {kinds.map(([kind, name]) => (
            <option key={kind} value={kind}>
              {kind === "client" ? "Client certificates seen" : name}
            </option>
          ))}
        </Select>
      </Field>
      {query.view === "list" && (
        <Field label="Sort by" className="@min-[46rem]:hidden">
          <Select
            value={query.column}
            onChange={(event) => onQuery({ ...query, column: event.currentTarget.value as CertificateColumn, isDescending: false })}
          >
            {orders.map(({ column, words }) => (
              <option key={column} value={column}>
                {words}
              </option>
            ))}
          </Select>
        </Field>
      )}
    </search>
  );
}
