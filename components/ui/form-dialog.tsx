"use client";

import { type ReactNode, useId } from "react";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import type { FieldProblem } from "#components/ui/problem-list.tsx";

type FormDialogProps = {
  title: string;
  description?: ReactNode;
  /** What the button says that does it. */
  verb: string;
  variant?: "primary" | "danger";
  isOpen?: boolean;
  isBusy: boolean;
  /** What is wrong with the whole; what is wrong with a field stands under it. */
  problems?: readonly FieldProblem[];
  onSubmit(): void;
  onClose(): void;
  /** The fields; none where the dialog only asks. */
  children?: ReactNode;
  /** Stands in the form's place once it was sent, until it is closed with Done. */
  outcome?: ReactNode;
};

/** A dialog that is a form: Enter sends it, Cancel and Escape close it. */
export function FormDialog({ variant = "primary", isOpen = true, problems = [], ...props }: FormDialogProps) {
  const { title, description, verb, isBusy, onSubmit, onClose, children, outcome } = props;
  const formId = useId();
  const footer = outcome ? (
    <Button variant="primary" onClick={onClose}>
      Done
    </Button>
  ) : (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button type="submit" form={formId} variant={variant} isBusy={isBusy}>
        {verb}
      </Button>
    </>
  );
  return (
    <Dialog title={title} description={description} isOpen={isOpen} onOpenChange={(open) => !open && onClose()} footer={footer}>
      {outcome ?? (
        <form
          id={formId}
          noValidate
          // Should it ever be sent without our script, nothing typed may end up in an address.
          method="post"
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            onSubmit();
          }}
        >
          <p role="alert" className="text-danger empty:hidden">
            {problems[0]?.message}
          </p>
          {children}
        </form>
      )}
    </Dialog>
  );
}
