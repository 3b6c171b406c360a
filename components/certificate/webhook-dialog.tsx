"use client";

import { useState } from "react";
import { OneTimeSecret } from "#components/account/one-time-secret.tsx";
import { useSubmit } from "#components/account/use-submit.ts";
import type { WebhookActions } from "#components/certificate/webhook-card.tsx";
import { Field } from "#components/ui/field.tsx";
import { FormDialog } from "#components/ui/form-dialog.tsx";
import { TextInput } from "#components/ui/text-input.tsx";

type WebhookDialogProps = { tenantId: string; isReplacing: boolean; set: WebhookActions["set"]; onClose(): void };

/** Asks for the address, then shows the signing secret this once. */
export function WebhookDialog({ tenantId, isReplacing, set, onClose }: WebhookDialogProps) {
  const [url, setUrl] = useState("");
  const [secret, setSecret] = useState<string | null>(null);
  const { send, isBusy, problemsOf, clear } = useSubmit(set, (made) => setSecret(made.secret), ["url"]);
  return (
    <FormDialog
      title="Webhook"
      verb={isReplacing ? "Replace webhook" : "Set webhook"}
      isBusy={isBusy}
      problems={problemsOf("")}
      onSubmit={() => send({ tenantId, url })}
      onClose={onClose}
      outcome={
        secret && (
          <OneTimeSecret label="signing secret" value={secret}>
            Give this secret to the receiver: with it, and the header webhook-signature, it knows that a call comes from here. It is not
            shown again; setting the webhook anew makes another one.
          </OneTimeSecret>
        )
      }
    >
      <Field
        label="Webhook URL"
        help={`Begins with https://. It is stored so that only the sensor can read it: this page shows its host alone.${
          isReplacing ? " The present address and its secret are forgotten." : ""
        }`}
        problems={problemsOf("url")}
      >
        <TextInput
          isMono
          value={url}
          placeholder="https://hooks.example.com/tessera"
          onChange={(event) => {
            setUrl(event.target.value);
            clear();
          }}
        />
      </Field>
    </FormDialog>
  );
}
