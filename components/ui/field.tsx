"use client";

import { type ReactNode, useId, useMemo } from "react";
import { classes } from "#components/ui/classes.ts";
import { FieldContext } from "#components/ui/field-context.ts";
import { HelpText } from "#components/ui/help-text.tsx";
import { type FieldProblem, ProblemList } from "#components/ui/problem-list.tsx";

type FieldProps = {
  label: ReactNode;
  help?: ReactNode;
  problems?: readonly FieldProblem[];
  /** Disables the control and says why, in the place of the help text. */
  disabledReason?: ReactNode;
  /** The control's id, for links that lead to it. */
  id?: string;
  /** The content is no single control: a group with the label's name takes the place of the wired input. */
  isGroup?: boolean;
  children: ReactNode;
  className?: string;
};

/** Label, help, control, problems, in this order and tied together for screen readers. */
export function Field({ label, help, problems = [], disabledReason, id, isGroup = false, children, className }: FieldProps) {
  const ownId = useId();
  const controlId = id ?? ownId;
  const [labelId, helpId, problemsId] = [`${controlId}-label`, `${controlId}-help`, `${controlId}-problems`];
  const isInvalid = problems.some(({ severity }) => severity === "error");
  const isDisabled = Boolean(disabledReason);
  const describedBy = `${helpId} ${problemsId}`;
  const wiring = useMemo(
    () => ({ id: controlId, labelId, describedBy, isInvalid, isDisabled }),
    [controlId, labelId, describedBy, isInvalid, isDisabled],
  );
  const body = (
    <>
      <HelpText id={helpId} help={help} disabledReason={disabledReason} />
      <div className="mt-1 min-w-0">{children}</div>
      <ProblemList id={problemsId} problems={problems} />
    </>
  );
  const look = classes("grid min-w-0 gap-0.5", className);
  if (isGroup) {
    return (
      // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend cannot stand in this grid, and the name is the same.
      <div role="group" id={controlId} tabIndex={-1} aria-labelledby={labelId} aria-describedby={describedBy} className={look}>
        <span id={labelId} className="font-medium">
          {label}
        </span>
        {body}
      </div>
    );
  }
  return (
    <FieldContext value={wiring}>
      <div className={look}>
        <label id={labelId} htmlFor={controlId} className="w-fit font-medium">
          {label}
        </label>
        {body}
      </div>
    </FieldContext>
  );
}
