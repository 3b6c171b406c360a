import { type ReactNode, useId } from "react";

/** A part of a page under a heading of its own. */
export function Card({ title, children }: { title: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="card grid gap-3 px-4 py-4 sm:px-6 sm:py-5">
      <h2 id={id} className="text-section font-semibold">
        {title}
      </h2>
      {children}
    </section>
  );
}
