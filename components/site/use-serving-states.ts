"use client";

import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import type { ServingView, SiteRow } from "#lib/console/site-view.ts";

/** The rows with the sensor's newest word on each; `staleSince` says when the console last answered, once it stops. */
export function useServingStates(rows: readonly SiteRow[], tenantId: string): { rows: SiteRow[]; staleSince: string | null } {
  const query = useQuery({
    queryKey: ["serving", "tenant", tenantId],
    queryFn: ({ signal }) => fetchServingStates(tenantId, signal),
    retry: false,
    refetchInterval: 2_000,
  });
  useNewcomers(rows, query.data);
  const states = new Map(query.data?.map((state) => [state.siteId, state]));
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

async function fetchServingStates(tenantId: string, signal: AbortSignal): Promise<ServingView[]> {
  const answer = await fetch(`/api/tenants/${tenantId}/serving`, { signal, cache: "no-store" });
  if (!answer.ok) throw new Error(`The console answered ${answer.status}.`);
  const states: ServingView[] = await answer.json();
  // The heartbeat moves all the time: left out where nothing shows it, an unchanged list is not rendered again.
  return states.map((state) => (state.state === "waiting" ? state : { ...state, lastSeenAt: null }));
}
