import type { ReactNode } from "react";
import { classes } from "#components/ui/classes.ts";
import { type Meaning, MeaningIcon, meaningText } from "#components/ui/meaning.tsx";

/** Where news is announced politely: the region stands from first paint, its content comes and goes. */
export function StatusRegion({ children, className }: { children?: ReactNode; className?: string }) {
  return (
    <div role="status" className={classes("min-h-5", className)}>
      {children}
    </div>
  );
}

/** One line of news: icon and words in the meaning's colour. */
export function StatusText({ meaning, children, className }: { meaning: Meaning; children: ReactNode; className?: string }) {
  return (
    <span className={classes("inline-flex items-start gap-1.5", meaningText[meaning], className)}>
      <MeaningIcon meaning={meaning} className="mt-0.5 size-4 shrink-0" />
      <span className="min-w-0">{children}</span>
    </span>
  );
}
