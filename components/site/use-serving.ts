"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useIsHydrated } from "#components/ui/use-is-hydrated.ts";
import type { ServingView } from "#lib/console/site-view.ts";

const patienceMs = 2_000;

/** The sensor's state of a site, asked often after a save and now and then later. */
export type Serving = { state: ServingView | null; isReachable: boolean; isOverdue: boolean; isGone: boolean };

/** `savedRevision` is what this page has just saved: while the sensor has not answered about it, the console holds its answer back. */
export function useServing(siteId: string | null, initial: ServingView | null, savedRevision: number | null): Serving {
  const queries = useQueryClient();
  const queryKey = servingKey(siteId);
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => fetchServing(siteId ?? "", queries.getQueryData<ServingView | null>(queryKey), signal),
    enabled: siteId !== null,
    initialData: initial ?? undefined,
    // The page comes with newer word than what an earlier visit would leave behind.
    gcTime: 0,
    retry: false,
    refetchInterval: (current) => pollInterval(current.state.data, savedRevision),
    refetchOnWindowFocus: true,
  });
  const isPatient = usePatience(savedRevision);
  // The time in the message about waiting is the viewer's, which the server does not know.
  const isHydrated = useIsHydrated();
  const state = query.data ?? null;
  const isAnswered = state !== null && state.state !== "waiting" && state.revision >= (savedRevision ?? 0);
  return { state, isReachable: !query.isError, isOverdue: isHydrated && !isAnswered && !isPatient, isGone: query.data === null };
}

/** Under this key the query client keeps a site's serving state. */
export function servingKey(siteId: string | null) {
  return ["serving", siteId] as const;
}

function pollInterval(state: ServingView | null | undefined, savedRevision: number | null): number | false {
  if (state === null) return false;
  const isAnswered = state !== undefined && state.state !== "waiting" && state.revision >= (savedRevision ?? 0);
  if (isAnswered) return 3_000;
  const waitedMs = state ? Date.now() - Date.parse(state.savedAt) : 0;
  return waitedMs < 15_000 ? 150 : 1_000;
}

async function fetchServing(siteId: string, known: ServingView | null | undefined, signal: AbortSignal): Promise<ServingView | null> {
  const awaited = known?.state === "waiting" ? `?awaited=${known.revision}` : "";
  const answer = await fetch(`/api/sites/${siteId}/serving${awaited}`, { signal, cache: "no-store" });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`The console answered ${answer.status}.`);
  return answer.json();
}

/** True for two seconds after a save: so long the sensor has before the page says that it is waiting. */
function usePatience(savedRevision: number | null): boolean {
  const [spentOn, setSpentOn] = useState<number | null>(null);
  useEffect(() => {
    if (savedRevision === null) return;
    const timer = setTimeout(() => setSpentOn(savedRevision), patienceMs);
    return () => clearTimeout(timer);
  }, [savedRevision]);
  return savedRevision !== null && spentOn !== savedRevision;
}
