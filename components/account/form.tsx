"use client";

import { type ReactNode, useEffect, useRef } from "react";
import { type FieldProblem, ProblemList } from "#components/ui/problem-list.tsx";
import { useIsHydrated } from "#components/ui/use-is-hydrated.ts";

type FormProps = { problems: readonly FieldProblem[]; onSubmit(): void; children: ReactNode };

/** A short form: Enter sends it, and what is wrong with the whole is announced above its button. */
export function Form({ problems, onSubmit, children }: FormProps) {
  const isReady = useIsHydrated();
  const form = useRef<HTMLFormElement>(null);
  // The page, or the step, is this form: whoever comes to it can type at once.
  useEffect(() => {
    if (isReady) form.current?.querySelector("input")?.focus();
  }, [isReady]);
  return (
    <form
      ref={form}
      noValidate
      // Should it ever be sent without our script, nothing typed may end up in an address.
      method="post"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <fieldset role="presentation" disabled={!isReady} className="grid min-w-0 gap-3 disabled:[--sunken:var(--surface)]">
        <div role="alert" className="empty:hidden">
          {problems.length > 0 && <ProblemList id="form-problems" problems={problems} isRoomKept={false} />}
        </div>
        {children}
      </fieldset>
    </form>
  );
}
