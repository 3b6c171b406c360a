"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import type { FieldProblem } from "#components/ui/problem-list.tsx";
import { TextInput } from "#components/ui/text-input.tsx";
import type { Result } from "#lib/site/problem.ts";

type TypedNameDialogProps<T> = {
  title: string;
  description: string;
  hostName: string;
  /** What the button says that does it. */
  verb: string;
  isOpen: boolean;
  onOpenChange(isOpen: boolean): void;
  act(typedName: string): Promise<Result<T>>;
  onDone(value: T): void;
};

/** Asks for the site's name before what Restore cannot undo is done. */
export function TypedNameDialog<T>({ title, description, hostName, verb, isOpen, onOpenChange, act, onDone }: TypedNameDialogProps<T>) {
  const [typedName, setTypedName] = useState("");
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const acting = useMutation({
    mutationFn: () => act(typedName),
    onSuccess: (result) => (result.ok ? onDone(result.value) : setProblems(result.problems)),
    onError: () => setProblems([{ severity: "error", message: "The console did not answer. Check the connection and try again." }]),
  });

  function change(open: boolean) {
    onOpenChange(open);
    setTypedName("");
    setProblems([]);
  }

  function confirm() {
    if (typedName.trim().toLowerCase() === hostName) return acting.mutate();
    setProblems([{ severity: "error", message: `Type ${hostName} to confirm.` }]);
  }

  return (
    <Dialog
      title={title}
      description={description}
      isOpen={isOpen}
      onOpenChange={change}
      footer={
        <>
          <Button onClick={() => change(false)}>Cancel</Button>
          <Button variant="danger" isBusy={acting.isPending} onClick={confirm}>
            {verb}
          </Button>
        </>
      }
    >
      <Field label="Name of the site" help={`Type ${hostName} to confirm.`} problems={problems}>
        <TextInput
          isMono
          value={typedName}
          onChange={(event) => {
            setTypedName(event.target.value);
            setProblems([]);
          }}
          onKeyDown={(event) => event.key === "Enter" && confirm()}
        />
      </Field>
    </Dialog>
  );
}
