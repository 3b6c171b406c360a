import type { ReactNode } from "react";
import { classes } from "#components/ui/classes.ts";

type SaveBarProps = {
  changes: ReactNode;
  /** Nothing is unsaved: the buttons stand at the end of the form and follow nobody. */
  isIdle?: boolean;
  /** Nothing is unsaved, but what came of the save still has to be seen where the save was made. */
  isFollowing?: boolean;
  /** What saving would do that must be known before; above the rest. */
  question?: ReactNode;
  children: ReactNode;
};

/** The end of a form; with unsaved changes the bar at the bottom: what changed, in words, and the buttons that act on it. */
export function SaveBar({ changes, isIdle = false, isFollowing = !isIdle, question, children }: SaveBarProps) {
  return (
    <section
      aria-label={isIdle ? "Save" : "Unsaved changes"}
      className={classes(
        "z-20 flex flex-wrap items-center justify-end gap-x-4 gap-y-2 py-3",
        isFollowing &&
          "sticky bottom-0 -mx-4 border-t border-line bg-surface px-4 shadow-bar sm:bottom-4 sm:mx-0 sm:rounded-card sm:border",
      )}
    >
      {question}
      <p className="min-w-0 flex-1 basis-56 wrap-anywhere empty:hidden">{changes}</p>
      <div className="flex flex-wrap justify-end gap-2">{children}</div>
    </section>
  );
}
