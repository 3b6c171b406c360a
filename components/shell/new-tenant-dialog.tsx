"use client";

import { useState } from "react";
import { useSubmit } from "#components/account/use-submit.ts";
import type { ShellActions } from "#components/shell/shell-actions.ts";
import { Field } from "#components/ui/field.tsx";
import { FormDialog } from "#components/ui/form-dialog.tsx";
import { TextInput } from "#components/ui/text-input.tsx";

/** Makes a tenant and shows it. */
export function NewTenantDialog({ createTenant, onClose }: { createTenant: ShellActions["createTenant"]; onClose(): void }) {
  const [name, setName] = useState("");
  const { send, isBusy, problemsOf } = useSubmit(createTenant, () => location.assign("/settings/users"));
  return (
    <FormDialog
      title="New tenant"
      description="Its people see only its own sites. Every feature is off at first, and nobody belongs to it yet: invite its first Admin next."
      verb="Create tenant"
      isBusy={isBusy}
      onSubmit={() => send({ name })}
      onClose={onClose}
    >
      <Field label="Name" problems={problemsOf("")}>
        <TextInput value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
    </FormDialog>
  );
}
