"use client";

import { useEffect, useState } from "react";
import { inWords, useSite } from "#components/site/site-form-context.ts";
import { type Serving, useServing } from "#components/site/use-serving.ts";
import { Button } from "#components/ui/button.tsx";
import type { Meaning } from "#components/ui/meaning.tsx";
import { StatusRegion, StatusText } from "#components/ui/status-region.tsx";
import type { ServingView } from "#lib/console/site-view.ts";
import { labelOf } from "#lib/site/label.ts";

/** What is really being served: the word about the last save, then the sensor's answer. */
export function ServingStatus() {
  const { view, problems, savedRevision, loadNewer, isOpening, undo } = useSite();
  const serving = useServing(isOpening ? null : view.siteId, view.serving, savedRevision);
  const isSavedShown = useLinger(savedRevision, serving);
  const answer = answerOf(serving);
  const newer = serving.state && view.revision !== null && serving.state.revision > view.revision ? serving.state.revision : null;
  // The refusal of a stale save offers the same.
  const isStale = problems.some(({ code }) => code === "site.stale");
  return (
    <div className="grid justify-items-start gap-1">
      <StatusRegion className="flex flex-wrap items-center gap-x-4 gap-y-1">
        {(isSavedShown || undo !== null) && <StatusText meaning="good">Saved revision {savedRevision}</StatusText>}{" "}
        {answer && <StatusText meaning={answer.meaning}>{answer.text}</StatusText>}
        {undo !== null && (
          <Button isBusy={undo.isBusy} title={`Brings back revision ${undo.number} as a new revision`} onClick={undo.run}>
            Undo
          </Button>
        )}
      </StatusRegion>
      {newer !== null && !isStale && (
        <p className="text-quiet">
          Revision {newer} was saved elsewhere; this page shows revision {view.revision}.{" "}
          <Button onClick={loadNewer}>Load the newer revision</Button>
        </p>
      )}
    </div>
  );
}

/** What the page says of the sensor's answer, null while it may still come in time. */
export function answerOf({ state, isReachable, isOverdue, isGone }: Serving): { meaning: Meaning; text: string } | null {
  if (!isReachable) return { meaning: "unknown", text: "The console does not answer; what is served at present is not known" };
  if (isGone) return { meaning: "danger", text: "This site was deleted elsewhere; the sensor does not answer for it any more" };
  if (!state || (state.state === "waiting" && !isOverdue)) return null;
  if (state.state === "waiting") return { meaning: "unknown", text: `Waiting for the sensor (last seen ${clockTime(state.lastSeenAt)})` };
  if (state.state === "serving") return { meaning: "good", text: `Serving revision ${state.revision}` };
  const instead = state.servingRevision === null ? "The site answers 503." : `Revision ${state.servingRevision} keeps serving.`;
  return { meaning: "danger", text: `Not serving revision ${state.revision}: ${reasonOf(state)} ${instead}` };
}

function reasonOf({ problems }: ServingView): string {
  const reason = problems.find(({ severity }) => severity === "error") ?? problems[0];
  if (!reason) return "the sensor gave no reason.";
  const label = labelOf(reason.path);
  return `${label ? `${label}: ` : ""}${inWords(reason).message}`;
}

// Absolute, so that the region does not speak again with every second that passes.
function clockTime(iso: string | null): string {
  if (iso === null) return "never";
  const at = new Date(iso);
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday ? at.toLocaleTimeString("en-GB") : at.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
}

/** The word about the save stays two seconds beside the answer: long enough to be read, or spoken. */
function useLinger(savedRevision: number | null, { state }: Serving): boolean {
  const [endedFor, setEndedFor] = useState<number | null>(null);
  const isAnswered = state !== null && state.state !== "waiting" && state.revision === savedRevision;
  useEffect(() => {
    if (!isAnswered) return;
    const timer = setTimeout(() => setEndedFor(savedRevision), 2_000);
    return () => clearTimeout(timer);
  }, [isAnswered, savedRevision]);
  return savedRevision !== null && endedFor !== savedRevision;
}
