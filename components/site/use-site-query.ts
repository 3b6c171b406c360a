"use client";

import { readSiteQuery, type SiteQuery, writeSiteQuery } from "#components/site/site-order.ts";
import { useUrlQuery } from "#components/ui/use-url-query.ts";

/** Which sites the list shows, kept in the URL. */
export function useSiteQuery(): [SiteQuery, (query: SiteQuery) => void] {
  return useUrlQuery(readSiteQuery, writeSiteQuery);
}
