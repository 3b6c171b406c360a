"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { handOver } from "#components/site/handover.ts";
import type { HistoryView } from "#lib/console/history-view.ts";
import type { Restored } from "#lib/console/restore-site.ts";
import { error, type Problem, type Result } from "#lib/site/problem.ts";

export type RestoreSite = (input: { siteId: string; basedOn: number; number: number }) => Promise<Result<Restored>>;

/** Which revision somebody is about to bring back, and what stands in the way of it. */
export type Restore = {
  chosen: number | null;
  problems: readonly Problem[];
  isBusy: boolean;
  isReadOnly: boolean;
  choose(number: number | null): void;
  confirm(): void;
};

/** Brings a revision back and goes to the site's settings, which then say whether the sensor serves it. */
export function useRestore({ siteId, revision: basedOn }: HistoryView, isReadOnly: boolean, action: RestoreSite): Restore {
  const router = useRouter();
  const [chosen, setChosen] = useState<number | null>(null);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const restoring = useMutation({
    mutationFn: (number: number) => action({ siteId, basedOn, number }),
    onSuccess: (result) => {
      if (!result.ok) return setProblems(result.problems);
      handOver(siteId, result.value.revision);
      router.push(`/settings/sites/${siteId}`);
    },
    onError: () => setProblems([unreachable]),
  });
  return {
    chosen,
    problems,
    isBusy: restoring.isPending,
    isReadOnly,
    choose: (number) => {
      setChosen(number);
      setProblems([]);
    },
    confirm: () => chosen !== null && restoring.mutate(chosen),
  };
}

const unreachable = error(
  "",
  "console.unreachable",
  "The console did not answer, so it is not known whether this was restored. Reload the page to see.",
);
