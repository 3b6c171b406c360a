"use client";

import { SearchInput } from "#components/ui/search-input.tsx";
import { Select } from "#components/ui/select.tsx";
import type { SiteColumn, SiteQuery } from "#lib/console/site-query.ts";

const orders: { column: SiteColumn; words: string }[] = [
  { column: "site", words: "Host name" },
  { column: "tls", words: "TLS" },
  { column: "mtls", words: "mTLS" },
  { column: "expires", words: "First to expire" },
  { column: "serving", words: "Serving state" },
];

/** Search, and on a phone, where the table has no head, the order. */
export function SitesToolbar({ query, onQuery }: { query: SiteQuery; onQuery(query: SiteQuery): void }) {
  return (
    <search className="flex gap-2 @max-[46rem]:w-full">
      <div className="min-w-0 @max-[46rem]:flex-1 @min-[46rem]:w-72">
        <SearchInput
          aria-label="Search sites"
          placeholder="Search sites"
          value={query.search}
          onSearch={(search) => onQuery({ ...query, search, page: 1 })}
        />
      </div>
      <Select
        aria-label="Sort by"
        value={query.column}
        onChange={(event) => onQuery({ ...query, column: event.currentTarget.value as SiteColumn, isDescending: false, page: 1 })}
        className="shrink-0 @min-[46rem]:hidden"
      >
        {orders.map(({ column, words }) => (
          <option key={column} value={column}>
            {words}
          </option>
        ))}
      </Select>
    </search>
  );
}
