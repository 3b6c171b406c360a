"use client";

import { useState } from "react";
import { useSubmit } from "#components/account/use-submit.ts";
import type { WebhookActions } from "#components/certificate/webhook-card.tsx";
import { Button } from "#components/ui/button.tsx";
import { FormDialog } from "#components/ui/form-dialog.tsx";

/** Asks first: neither the address nor its signing secret can be had back. */
export function RemoveWebhook({ tenantId, host, remove }: { tenantId: string; host: string; remove: WebhookActions["remove"] }) {
  const [isAsking, setAsking] = useState(false);
  const { send, isBusy, problemsOf, clear } = useSubmit(remove, close);

  function close() {
    setAsking(false);
    clear();
  }

  return (
    <>
      <Button variant="danger" onClick={() => setAsking(true)}>
        Remove webhook
      </Button>
      <FormDialog
        title="Remove the webhook?"
        description={`Nobody at ${host} is told any more when a certificate runs out; what waits to be sent there is dropped. Its address and signing secret are forgotten: setting it again makes another secret.`}
        verb="Remove"
        variant="danger"
        isOpen={isAsking}
        isBusy={isBusy}
        problems={problemsOf("")}
        onSubmit={() => send({ tenantId })}
        onClose={close}
      />
    </>
  );
}
