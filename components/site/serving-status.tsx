"use client";

import { useEffect, useState } from "react";
import { servingWords } from "#components/site/serving-words.ts";
import { useSite } from "#components/site/site-form-context.ts";
import { type Serving, useServing } from "#components/site/use-serving.ts";
import { Button } from "#components/ui/button.tsx";
import type { Meaning } from "#components/ui/meaning.tsx";
import { StatusRegion, StatusText } from "#components/ui/status-region.tsx";

/** What is really being served: the word about the last save, then the sensor's answer. */
export function ServingStatus() {
  const { view, problems, savedRevision, loadNewer, isOpening, undo, undone } = useSite();
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
        {undone !== null && undone.revision === view.revision && (
          <StatusText meaning="good">{[`Revision ${undone.number} is back`, ...undone.changes].join(" · ")}</StatusText>
        )}{" "}
        {answer && (
          <StatusText meaning={answer.meaning}>
            <span>{answer.name}</span>
            {answer.more}
          </StatusText>
        )}
        {undo !== null && (
          <Button id={undoButtonId} isBusy={undo.isBusy} title={`Brings back revision ${undo.number} as a new revision`} onClick={undo.run}>
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

/** Where Undo stands, for those who are far below it. */
export const undoButtonId = "undo-save";

/** What the page says of the sensor's answer, null while it may still come in time; `name` is the contract's literal text. */
export function answerOf({ state, isReachable, isOverdue, isGone }: Serving): Answer | null {
  if (!isReachable) return { meaning: "unknown", name: "The console does not answer; what is served at present is not known", more: "" };
  if (isGone) return { meaning: "danger", name: "This site was deleted elsewhere; the sensor does not answer for it any more", more: "" };
  if (!state || (state.state === "waiting" && !isOverdue)) return null;
  const { meaning, name, more } = servingWords(state);
  if (state.state === "serving") return { meaning, name, more: more && ` · ${more}` };
  if (state.state === "not-serving") return { meaning, name, more: `: ${more}` };
  return { meaning, name: `${name} (last seen ${clockTime(state.lastSeenAt)})`, more: `. ${more}` };
}

type Answer = { meaning: Meaning; name: string; more: string };

// Absolute, so that the region does not speak again with every second that passes.
function clockTime(iso: string | null): string {
  if (iso === null) return "never";
  const at = new Date(iso);
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday ? at.toLocaleTimeString("en-GB") : at.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
}

/** The word about the save stays two seconds beside the answer: long enough to be read, or spoken. */
export function useLinger(savedRevision: number | null, { state }: Serving): boolean {
  const [endedFor, setEndedFor] = useState<number | null>(null);
  const isAnswered = state !== null && state.state !== "waiting" && state.revision === savedRevision;
  useEffect(() => {
    if (!isAnswered) return;
    const timer = setTimeout(() => setEndedFor(savedRevision), 2_000);
    return () => clearTimeout(timer);
  }, [isAnswered, savedRevision]);
  return savedRevision !== null && endedFor !== savedRevision;
}
