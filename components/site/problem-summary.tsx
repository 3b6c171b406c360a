"use client";

import { Fragment } from "react";
import { focusSoon } from "#components/site/focus-soon.ts";
import { inFormOrder } from "#components/site/form-problems.ts";
import { inWords, useSite } from "#components/site/site-form-context.ts";
import { Button } from "#components/ui/button.tsx";
import { ErrorSummary } from "#components/ui/error-summary.tsx";
import { MeaningIcon } from "#components/ui/meaning.tsx";
import { labelOf } from "#lib/site/label.ts";

/** Everything that stops the save, as links; with each refused save it takes the focus. */
export function ProblemSummary({ onFollow }: { onFollow: (path: string) => void }) {
  const { problems, refusals, loadNewer } = useSite();
  const errors = inFormOrder(problems.filter(({ severity }) => severity === "error"));
  const isStale = errors.some(({ code }) => code === "site.stale");
  const items = errors.map((problem) => {
    const label = labelOf(problem.path);
    return { message: inWords(problem).message, ...(label ? { label, ...placeOf(problem.path) } : {}) };
  });
  return (
    <div className="grid justify-items-start gap-2 *:w-full empty:hidden">
      <ErrorSummary
        title={titleOf(errors.length, refusals)}
        items={items}
        attempt={refusals}
        onFollow={({ fieldId }) => onFollow(fieldId ?? "")}
      />
      {errors.length === 0 && <WarningLine paths={inFormOrder(problems).map(({ path }) => path)} onFollow={onFollow} />}
      {isStale && (
        <p className="text-quiet">
          Nothing you typed is lost. Load the newer revision and your changes are put on top of it; the bar below then says what you would
          change. <Button onClick={loadNewer}>Load the newer revision</Button>
        </p>
      )}
    </div>
  );
}

/** Where the warnings are: they stop nothing, and stand under their fields. */
function WarningLine({ paths, onFollow }: { paths: string[]; onFollow: (path: string) => void }) {
  const fields = [...new Set(paths.map((path) => path.split(".")[0] ?? ""))].filter((field) => labelOf(field) !== null);
  if (fields.length === 0) return null;
  return (
    <p className="flex items-start gap-1.5 text-notice">
      <MeaningIcon meaning="notice" className="mt-0.5 size-4 shrink-0" />
      <span className="min-w-0">
        {paths.length === 1 ? "1 warning, which stops nothing: " : `${paths.length} warnings, which stop nothing: `}
        {fields.map((field, index) => (
          <Fragment key={field}>
            {index > 0 && ", "}
            <a
              href={`#${field}`}
              className="underline underline-offset-2"
              onClick={(event) => {
                event.preventDefault();
                onFollow(field);
                focusSoon(field);
              }}
            >
              {labelOf(field)}
            </a>
          </Fragment>
        ))}
      </span>
    </p>
  );
}

function titleOf(count: number, refusals: number): string {
  if (refusals === 0) return "The stored revision cannot be served";
  return count === 1 ? "Nothing was saved: one thing to put right" : `Nothing was saved: ${count} things to put right`;
}

// A row of Custom Response Headers may be gone by the time; its group is always there.
function placeOf(path: string): { fieldId: string; fallbackId: string } {
  return { fieldId: path, fallbackId: path.split(".")[0] ?? path };
}
