"use client";

import type { LockoutQuestion } from "#components/site/use-lockout.ts";
import { type Meaning, MeaningIcon, meaningText } from "#components/ui/meaning.tsx";
import type { Lockout } from "#lib/site/lockout.ts";
import type { Narrowing } from "#lib/site/narrowing.ts";

/**
 * The question that a save answers which takes access from clients: it stands beside Save from the first such change, with
 * the figures, and is spoken. Nothing else stops the save; what it did is undone by the button in its status.
 */
export function NarrowingQuestion({ question: { narrowing, text, lockout, isPending } }: { question: LockoutQuestion }) {
  const meaning = meaningOf(lockout, isPending);
  return (
    <div role="status" className="basis-full empty:absolute">
      {narrowing !== null && text !== null && (
        <p className="flex min-w-0 items-start gap-1.5">
          <MeaningIcon meaning={meaning} className={`mt-0.5 size-4 shrink-0 ${meaningText[meaning]}`} />
          <span className="min-w-0 wrap-anywhere">
            <span className="font-medium">{headlineOf(narrowing)}</span> {text}
          </span>
        </p>
      )}
    </div>
  );
}

/** What the figures mean for whoever is about to save. */
export function meaningOf(lockout: Lockout | null, isPending: boolean): Meaning {
  if (lockout === null) return isPending ? "unknown" : "notice";
  const { loses, unknown, keeps } = lockout.counts;
  if (loses > 0) return "danger";
  return unknown > 0 || keeps === 0 ? "notice" : "good";
}

function headlineOf(narrowing: Narrowing): string {
  if (narrowing.kind === "turns-on") return "Save turns enforcement on: whoever has no certificate from these CAs is refused.";
  return `Save removes ${narrowing.count === 1 ? "a CA" : `${narrowing.count} CAs`} that clients may be using.`;
}
