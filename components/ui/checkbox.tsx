"use client";

import { type ComponentProps, type ReactNode, useId } from "react";
import { HelpText } from "#components/ui/help-text.tsx";
import { type FieldProblem, ProblemList } from "#components/ui/problem-list.tsx";

type CheckboxProps = Omit<ComponentProps<"input">, "type" | "children"> & {
  label: ReactNode;
  help?: ReactNode;
  problems?: readonly FieldProblem[];
  /** Disables the checkbox and says why, in the place of the help text. */
  disabledReason?: ReactNode;
  /** What the checkbox reveals: it follows indented under a rule. */
  children?: ReactNode;
};

/** A checkbox with its label, its consequence and what it reveals. */
export function Checkbox({ label, help, problems = [], disabledReason, children, className, id, disabled, ...props }: CheckboxProps) {
  const ownId = useId();
  const controlId = id ?? ownId;
  const isInvalid = problems.some(({ severity }) => severity === "error");
  return (
    <div className={className}>
      <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2.5">
        <input
          type="checkbox"
          {...props}
          id={controlId}
          disabled={disabled || Boolean(disabledReason)}
          aria-describedby={`${controlId}-help ${controlId}-problems`}
          aria-invalid={isInvalid || undefined}
          className="checkbox mt-0.5"
        />
        <label htmlFor={controlId} className="-my-0.5 w-fit py-0.5 font-medium has-[+p]:cursor-pointer">
          {label}
        </label>
        <div className="col-start-2 min-w-0">
          <HelpText id={`${controlId}-help`} help={help} disabledReason={disabledReason} />
          <ProblemList id={`${controlId}-problems`} problems={problems} isRoomKept={false} />
        </div>
      </div>
      {children && <div className="mt-3 ml-[7px] grid gap-3 border-l-2 border-line pl-5">{children}</div>}
    </div>
  );
}
