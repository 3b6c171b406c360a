"use client";

import { inFormOrder } from "#components/site/form-problems.ts";
import { inWords, useSite } from "#components/site/site-form-context.ts";
import { Button } from "#components/ui/button.tsx";
import { ErrorSummary } from "#components/ui/error-summary.tsx";
import { labelOf } from "#lib/site/label.ts";

/** Everything that stops the save, as links; with each refused save it takes the focus. */
export function ProblemSummary({ onFollow }: { onFollow: (path: string) => void }) {
  const { problems, refusals, loadNewer } = useSite();
  const errors = inFormOrder(problems.filter(({ severity }) => severity === "error"));
  const isStale = errors.some(({ code }) => code === "site.stale");
  const items = errors.map((problem) => {
    const label = labelOf(problem.path);
    return { message: inWords(problem).message, ...(label ? { label, fieldId: fieldIdOf(problem.path) } : {}) };
  });
  return (
    <div className="grid justify-items-start gap-2 *:w-full empty:hidden">
      <ErrorSummary
        title={titleOf(errors.length, refusals)}
        items={items}
        attempt={refusals}
        onFollow={({ fieldId }) => onFollow(fieldId ?? "")}
      />
      {isStale && (
        <p className="text-quiet">
          Copy what you want to keep, or go on reading; loading the newer revision replaces what you typed.{" "}
          <Button onClick={loadNewer}>Load the newer revision</Button>
        </p>
      )}
    </div>
  );
}

function titleOf(count: number, refusals: number): string {
  if (refusals === 0) return "The stored revision cannot be served";
  return count === 1 ? "Nothing was saved: one thing to put right" : `Nothing was saved: ${count} things to put right`;
}

// A row of Custom Response Headers may be gone by the time; its group is always there.
function fieldIdOf(path: string): string {
  return document.getElementById(path) ? path : (path.split(".")[0] ?? path);
}
