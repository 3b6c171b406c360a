"use client";

import { useSearchParams } from "next/navigation";
import { useEffect, useState } from "react";

/**
 * What a list shows, kept in the URL by `read` and `write`, which must be the same functions each time. Typing is answered at
 * once; the URL that React sees follows a moment later.
 */
export function useUrlQuery<Query>(
  read: (parameters: URLSearchParams) => Query,
  write: (query: Query) => string,
): [Query, (query: Query) => void] {
  const parameters = useSearchParams();
  const [query, setQuery] = useState(() => read(parameters));

  // Somebody went elsewhere (a link, the back button). Our own changes are in the address bar already.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the parameters only say that it is time to look.
  useEffect(() => {
    const shown = read(new URLSearchParams(window.location.search));
    setQuery((current) => (write(current) === write(shown) ? current : shown));
  }, [parameters]);

  function show(next: Query) {
    const written = write(next);
    setQuery(next);
    // The server need not be asked: the browser has all rows.
    window.history.replaceState(null, "", written === "" ? window.location.pathname : `?${written}`);
  }
  return [query, show];
}
