"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { fetchSiteView } from "#components/site/site-request.ts";
import type { RestoreSite } from "#components/site/use-restore.ts";
import type { Restored } from "#lib/console/restore-site.ts";
import type { SiteView } from "#lib/console/site-view.ts";
import { error, ok, type Problem } from "#lib/site/problem.ts";

/** The way back from the last save: the revision that would be made anew. */
export type Undo = { number: number; isBusy: boolean; run: () => void };

/** What Undo did: the revision that it brought back as `revision`, and what that changed. */
export type Undone = { number: number } & Restored;

type Answers = { onRestored: (next: SiteView) => void; onRefused: (problems: Problem[]) => void };
type Change = { siteId: string; basedOn: number; number: number };

/** Offers to bring back what a save replaced, by the same restore as on the tab History; one that comes too late is refused there. */
export function useUndo(restore: RestoreSite, { onRestored, onRefused }: Answers) {
  const [change, setChange] = useState<Change | null>(null);
  const [undone, setUndone] = useState<Undone | null>(null);
  const undoing = useMutation({
    mutationFn: async (wanted: Change) => {
      const restored = await restore(wanted);
      return restored.ok
        ? ok({ next: await fetchSiteView(wanted.siteId), undone: { number: wanted.number, ...restored.value } })
        : restored;
    },
    onSuccess: (result) => {
      if (!result.ok) return onRefused(result.problems);
      setChange(null);
      setUndone(result.value.undone);
      onRestored(result.value.next);
    },
    onError: () => onRefused([unreachable]),
  });
  const offered: Undo | null = change && { number: change.number, isBusy: undoing.isPending, run: () => undoing.mutate(change) };
  return { offered, undone, offer };

  /** `before` null: this save took access from nobody, so there is nothing to offer. */
  function offer(before: SiteView | null, { siteId, revision }: SiteView) {
    const number = before?.revision ?? null;
    setChange(siteId !== null && revision !== null && number !== null ? { siteId, basedOn: revision, number } : null);
  }
}

const unreachable = error(
  "",
  "console.unreachable",
  "The console did not answer, so it is not known whether the revision before was brought back. Reload the page to see what is saved.",
);
