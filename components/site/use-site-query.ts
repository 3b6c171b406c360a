"use client";

import { useSearchParams } from "next/navigation";
import { useEffect, useState } from "react";
import { readSiteQuery, type SiteQuery, writeSiteQuery } from "#components/site/site-order.ts";

/** What the list shows, kept in the URL. Typing is answered at once; the URL that React sees follows a moment later. */
export function useSiteQuery(): [SiteQuery, (query: SiteQuery) => void] {
  const parameters = useSearchParams();
  const [query, setQuery] = useState(() => readSiteQuery(parameters));

  // Somebody went elsewhere (a link, the back button). Our own changes are in the address bar already.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the parameters only say that it is time to look.
  useEffect(() => {
    const shown = readSiteQuery(new URLSearchParams(window.location.search));
    setQuery((current) => (writeSiteQuery(current) === writeSiteQuery(shown) ? current : shown));
  }, [parameters]);

  function show(next: SiteQuery) {
    const written = writeSiteQuery(next);
    setQuery(next);
    // The server need not be asked: the browser has all rows.
    window.history.replaceState(null, "", written === "" ? window.location.pathname : `?${written}`);
  }
  return [query, show];
}
