"use client";

import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { startTransition, useEffect, useRef, useState } from "react";
import { type ActivityQuery, writeActivityQuery } from "#lib/console/activity-query.ts";
import type { EventView, TailView } from "#lib/console/activity-view.ts";

/** As many rows are kept on the page; older ones are on the pages behind. */
const mostRows = 200;
const pollMs = 2_000;
/** Callers and plot follow as well, less often: they cost more. */
const refreshMs = 10_000;

export type Follow = {
  isOn: boolean;
  toggle(): void;
  /** What came since, newest first. */
  events: EventView[];
  count: number;
  /** More came than is shown. */
  isCut: boolean;
  isUnreachable: boolean;
};

/** The live tail: asks for what is newer than the page, and rests while the window is hidden. */
export function useFollow(siteId: string, query: ActivityQuery, shown: readonly EventView[]): Follow {
  const router = useRouter();
  const [isOn, setOn] = useState(false);
  const [tail, setTail] = useState<{ events: EventView[]; count: number; isCut: boolean }>(nothing);
  const filter = writeActivityQuery({ ...query, before: null, callersBefore: null });
  const newest = Math.max(shown[0]?.id ?? 0, tail.events[0]?.id ?? 0);
  const since = useRef(newest);
  since.current = newest;
  const refreshedAt = useRef(0);

  // Another question has other rows.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another filter is a reason.
  useEffect(() => setTail(nothing), [filter]);

  const poll = useQuery({
    queryKey: ["activity", siteId, filter],
    queryFn: ({ signal }) => fetchTail(siteId, filter, since.current, signal),
    enabled: isOn,
    gcTime: 0,
    retry: false,
    refetchInterval: pollMs,
  });

  const { data } = poll;
  useEffect(() => {
    if (!data || data.events.length === 0) return;
    setTail((before) => added(before, data));
    if (Date.now() - refreshedAt.current < refreshMs) return;
    refreshedAt.current = Date.now();
    startTransition(() => router.refresh());
  }, [data, router]);

  return { isOn, toggle: () => setOn(!isOn), ...tail, isUnreachable: isOn && poll.isError };
}

const nothing = { events: [], count: 0, isCut: false };

type Tail = { events: EventView[]; count: number; isCut: boolean };

function added(before: Tail, { events, isCut }: TailView): Tail {
  const newest = before.events[0]?.id ?? 0;
  const fresh = events.filter(({ id }) => id > newest);
  return {
    events: [...fresh, ...before.events].slice(0, mostRows),
    count: before.count + fresh.length,
    isCut: before.isCut || isCut,
  };
}

async function fetchTail(siteId: string, filter: string, since: number, signal: AbortSignal): Promise<TailView> {
  const answer = await fetch(`/api/sites/${siteId}/activity?${filter}&since=${since}`, { signal, cache: "no-store" });
  if (!answer.ok) throw new Error(`The console answered ${answer.status}.`);
  return answer.json();
}
