"use client";

import { Search } from "lucide-react";
import type { SiteColumn, SiteQuery } from "#components/site/site-order.ts";
import { Select } from "#components/ui/select.tsx";
import { TextInput } from "#components/ui/text-input.tsx";

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
      <span className="relative min-w-0 @max-[46rem]:flex-1 @min-[46rem]:w-72">
        <Search aria-hidden className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-quiet" />
        <TextInput
          type="search"
          aria-label="Search sites"
          placeholder="Search sites"
          value={query.search}
          onChange={(event) => onQuery({ ...query, search: event.currentTarget.value })}
          className="pl-8"
        />
      </span>
      <Select
        aria-label="Sort by"
        value={query.column}
        onChange={(event) => onQuery({ ...query, column: event.currentTarget.value as SiteColumn, isDescending: false })}
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
