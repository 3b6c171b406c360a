"use client";

import { useState } from "react";
import { useSubmit } from "#components/account/use-submit.ts";
import { Field } from "#components/ui/field.tsx";
import { FormDialog } from "#components/ui/form-dialog.tsx";
import { TextInput } from "#components/ui/text-input.tsx";
import { error, type Result } from "#lib/site/problem.ts";

type TypedNameDialogProps<T> = {
  title: string;
  description: string;
  hostName: string;
  /** What the button says that does it. */
  verb: string;
  isOpen: boolean;
  onClose(): void;
  act(typedName: string): Promise<Result<T>>;
  onDone(value: T): void;
};

/** Asks for the site's name before what Restore cannot undo is done. */
export function TypedNameDialog<T>({ title, description, hostName, verb, isOpen, onClose, act, onDone }: TypedNameDialogProps<T>) {
  const [typedName, setTypedName] = useState("");
  const [isOther, setIsOther] = useState(false);
  const { send, isBusy, problemsOf, clear } = useSubmit(act, (value) => {
    change("");
    onDone(value);
  });
  const instruction = `Type ${hostName} to confirm.`;

  function change(text: string) {
    setTypedName(text);
    setIsOther(false);
    clear();
  }

  function confirm() {
    if (typedName.trim().toLowerCase() === hostName) send(typedName);
    else setIsOther(true);
  }

  return (
    <FormDialog
      title={title}
      description={description}
      verb={verb}
      variant="danger"
      isOpen={isOpen}
      isBusy={isBusy}
      onSubmit={confirm}
      onClose={() => {
        change("");
        onClose();
      }}
    >
      <Field
        label="Name of the site"
        help={instruction}
        problems={isOther ? [error("typedName", "site.name-mismatch", instruction)] : problemsOf("")}
      >
        <TextInput isMono value={typedName} onChange={(event) => change(event.target.value)} />
      </Field>
    </FormDialog>
  );
}
