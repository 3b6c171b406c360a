"use client";

import { useState } from "react";
import { useWatch } from "react-hook-form";
import { NarrowingQuestion } from "#components/site/narrowing-question.tsx";
import { readOnlyNoteId } from "#components/site/read-only-note.tsx";
import { answerOf, undoButtonId, useLinger } from "#components/site/serving-status.tsx";
import { useSite } from "#components/site/site-form-context.ts";
import { useLockout } from "#components/site/use-lockout.ts";
import { useServing } from "#components/site/use-serving.ts";
import { Button } from "#components/ui/button.tsx";
import { SaveBar } from "#components/ui/save-bar.tsx";
import { describeChanges } from "#lib/site/changes.ts";
import type { SiteDraft } from "#lib/site/schema.ts";

/** Save, at the end of the form; with the first change it becomes the bar that says what would be saved. */
export function SiteSaveBar() {
  const { form, view, notCas, save, discard, isSaving, savedRevision, isOpening, undo } = useSite();
  const draft = useWatch({ control: form.control }) as SiteDraft;
  const question = useLockout();
  const [isAsking, setIsAsking] = useState(false);
  const changes = describeChanges(view.draft, draft, notCas);
  const isIdle = changes.length === 0;
  const serving = useServing(isOpening ? null : view.siteId, view.serving, savedRevision);
  const answer = answerOf(serving);
  const isFailed = savedRevision !== null && serving.state?.state === "not-serving";
  const isFresh = useLinger(savedRevision, serving) || undo !== null || isFailed;
  // The status at the top of the page, which is out of sight here, speaks; this only shows.
  const outcome =
    savedRevision === null ? "" : [`Saved revision ${savedRevision}`, answer && answer.name + answer.more].filter(Boolean).join(" · ");

  /** The figures are shown before what they are about is done; a console that does not find them in time stops nobody. */
  async function saveAsked() {
    if (question.narrowing !== null && question.isPending) {
      setIsAsking(true);
      await question.settle();
      setIsAsking(false);
    }
    save();
  }

  return (
    <SaveBar
      changes={
        isIdle ? (
          <>
            {outcome}
            {undo !== null && <WayToUndo />}
          </>
        ) : (
          `${countChanges(changes.length)}: ${changes.join(" · ")}`
        )
      }
      isIdle={isIdle}
      isFollowing={!isIdle || isFresh}
      question={<NarrowingQuestion question={question} />}
    >
      {!isIdle && <Button onClick={discard}>Discard</Button>}
      <Button
        variant="primary"
        isBusy={isSaving || isAsking}
        disabled={view.isReadOnly}
        aria-describedby={view.isReadOnly ? readOnlyNoteId : undefined}
        onClick={() => void saveAsked()}
      >
        Save
      </Button>
    </SaveBar>
  );
}

/** The button stands in the status at the top; from here, where the save was made, it is out of sight. */
function WayToUndo() {
  return (
    <>
      {" · "}
      <a
        href={`#${undoButtonId}`}
        className="text-accent underline underline-offset-2"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById(undoButtonId)?.focus();
        }}
      >
        Take it back at the top of the page
      </a>
    </>
  );
}

function countChanges(count: number): string {
  return count === 1 ? "1 change" : `${count} changes`;
}
