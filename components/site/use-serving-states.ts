"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import type { ServingPoll, ServingView, SitePage, SiteRow } from "#lib/console/site-view.ts";

/** A page's rows with the sensor's newest word on each; `staleSince` says when the console last answered, once it stops. */
export function useServingStates(page: SitePage): { rows: SiteRow[]; staleSince: string | null } {
  const { tenantId, rows } = page;
  const queries = useQueryClient();
  const siteIds = rows.map(({ id }) => id);
  const queryKey = ["serving", "tenant", tenantId, ...siteIds];
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => fetchServingStates(tenantId, siteIds, queries.getQueryData<Marked>(queryKey), signal),
    retry: false,
    refetchInterval: 2_000,
    // A page of the list that is left is not looked at again.
    gcTime: 0,
  });
  useNewcomers(page, query.data?.poll);
  const states = new Map(query.data?.poll.states.map((state) => [state.siteId, state]));
  return {
    rows: rows.map((row) => ({ ...row, serving: newer(row.serving, states.get(row.id)) })),
    staleSince: query.isError && query.dataUpdatedAt > 0 ? new Date(query.dataUpdatedAt).toISOString() : null,
  };
}

// What the page came with may be newer than what was asked for before.
function newer(loaded: ServingView, polled: ServingView | undefined): ServingView {
  return polled && polled.revision >= loaded.revision ? polled : loaded;
}

/** Loads the list again when a site was made, saved or deleted elsewhere; once for each change that is seen. */
function useNewcomers({ newest }: SitePage, poll: ServingPoll | undefined) {
  const router = useRouter();
  const seen = useRef(newest);
  useEffect(() => {
    if (!poll || poll.newest === newest || poll.newest === seen.current) return;
    seen.current = poll.newest;
    router.refresh();
  }, [newest, poll, router]);
}

/** What the console answered last, and its mark, by which it says 304 as long as that holds. */
type Marked = { tag: string | null; poll: ServingPoll };

async function fetchServingStates(
  tenantId: string,
  siteIds: readonly string[],
  before: Marked | undefined,
  signal: AbortSignal,
): Promise<Marked> {
  const headers = before?.tag ? { "If-None-Match": before.tag } : undefined;
  const asked = new URLSearchParams(siteIds.map((id) => ["site", id]));
  const answer = await fetch(`/api/tenants/${tenantId}/serving?${asked}`, { signal, cache: "no-store", headers });
  if (answer.status === 304 && before) return before;
  if (!answer.ok) throw new Error(`The console answered ${answer.status}.`);
  return { tag: answer.headers.get("etag"), poll: await answer.json() };
}
