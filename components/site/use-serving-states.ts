"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import type { ServingView, SiteRow } from "#lib/console/site-view.ts";

/** The rows with the sensor's newest word on each; `staleSince` says when the console last answered, once it stops. */
export function useServingStates(rows: readonly SiteRow[], tenantId: string): { rows: SiteRow[]; staleSince: string | null } {
  const queries = useQueryClient();
  const queryKey = ["serving", "tenant", tenantId];
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => fetchServingStates(tenantId, queries.getQueryData<Marked>(queryKey), signal),
    retry: false,
    refetchInterval: 2_000,
  });
  useNewcomers(rows, query.data?.states);
  const states = new Map(query.data?.states.map((state) => [state.siteId, state]));
  return {
    rows: rows.map((row) => ({ ...row, serving: newer(row.serving, states.get(row.id)) })),
    staleSince: query.isError && query.dataUpdatedAt > 0 ? new Date(query.dataUpdatedAt).toISOString() : null,
  };
}

// What the page came with may be newer than what an earlier visit left in the query client.
function newer(loaded: ServingView, polled: ServingView | undefined): ServingView {
  return polled && polled.revision >= loaded.revision ? polled : loaded;
}

/** Loads the list again when a site was made, saved or deleted elsewhere; once for each change that is seen. */
function useNewcomers(rows: readonly SiteRow[], states: ServingView[] | undefined) {
  const router = useRouter();
  const seen = useRef("");
  useEffect(() => {
    if (!states) return;
    const stored = fingerprint(states.map(({ siteId, revision }) => `${siteId} ${revision}`));
    const shown = fingerprint(rows.map(({ id, revision }) => `${id} ${revision}`));
    if (stored === shown || stored === seen.current) return;
    seen.current = stored;
    router.refresh();
  }, [rows, states, router]);
}

function fingerprint(names: string[]): string {
  return names.sort().join("\n");
}

/** What the console answered last, and its mark, by which it says 304 as long as that holds. */
type Marked = { tag: string | null; states: ServingView[] };

async function fetchServingStates(tenantId: string, before: Marked | undefined, signal: AbortSignal): Promise<Marked> {
  const headers = before?.tag ? { "If-None-Match": before.tag } : undefined;
  const answer = await fetch(`/api/tenants/${tenantId}/serving`, { signal, cache: "no-store", headers });
  if (answer.status === 304 && before) return before;
  if (!answer.ok) throw new Error(`The console answered ${answer.status}.`);
  return { tag: answer.headers.get("etag"), states: await answer.json() };
}
