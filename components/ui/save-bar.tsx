import type { ReactNode } from "react";

/** The bar at the bottom of a form with unsaved changes: what changed, in words, and the buttons that act on it. */
export function SaveBar({ changes, children }: { changes: ReactNode; children: ReactNode }) {
  return (
    <section
      aria-label="Unsaved changes"
      className="sticky bottom-0 z-20 -mx-4 mt-6 flex flex-wrap items-center justify-end gap-x-4 gap-y-2 border-t border-line bg-surface px-4 py-3 shadow-bar sm:mx-0 sm:mb-4 sm:rounded-card sm:border"
    >
      <p className="min-w-0 flex-1 basis-56">{changes}</p>
      <div className="flex flex-wrap justify-end gap-2">{children}</div>
    </section>
  );
}
