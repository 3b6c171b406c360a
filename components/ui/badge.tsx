import type { ReactNode } from "react";
import { classes } from "#components/ui/classes.ts";
import { type Meaning, MeaningIcon, meaningSoft } from "#components/ui/meaning.tsx";

/** A short verdict: icon and word on the meaning's colour. */
export function Badge({ meaning, children, className }: { meaning: Meaning; children: ReactNode; className?: string }) {
  return (
    <span
      className={classes(
        "inline-flex max-w-full items-start gap-1 rounded-control px-1.5 py-0.5 text-small",
        meaningSoft[meaning],
        className,
      )}
    >
      <MeaningIcon meaning={meaning} className="mt-0.5 size-3 shrink-0" />
      <span className="min-w-0">{children}</span>
    </span>
  );
}
