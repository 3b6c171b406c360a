"use client";

import { useId, useState } from "react";
import { useSubmit } from "#components/account/use-submit.ts";
import type { ShellActions } from "#components/shell/shell-actions.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { TextInput } from "#components/ui/text-input.tsx";

/** Makes a tenant and shows it. */
export function NewTenantDialog({ createTenant, onClose }: { createTenant: ShellActions["createTenant"]; onClose(): void }) {
  const formId = useId();
  const [name, setName] = useState("");
  const { send, isBusy, problemsOf } = useSubmit(createTenant, () => location.assign("/settings/users"));
  return (
    <Dialog
      title="New tenant"
      description="Its people see only its own sites. Every feature is off at first, and nobody belongs to it yet: invite its first Admin next."
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" isBusy={isBusy}>
            Create tenant
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        method="post"
        onSubmit={(event) => {
          event.preventDefault();
          send({ name });
        }}
      >
        <Field label="Name" problems={problemsOf("")}>
          <TextInput value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
      </form>
    </Dialog>
  );
}
