"use client";

import { Lock } from "lucide-react";
import { useState } from "react";
import { useSubmit } from "#components/account/use-submit.ts";
import { DeliveryList } from "#components/certificate/delivery-list.tsx";
import { RemoveWebhook } from "#components/certificate/remove-webhook.tsx";
import { WebhookDialog } from "#components/certificate/webhook-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { StatusRegion, StatusText } from "#components/ui/status-region.tsx";
import { Time } from "#components/ui/time.tsx";
import type { CertificatesView } from "#lib/console/certificates-view.ts";
import type { Result } from "#lib/site/problem.ts";
import { isDelivered, sayOutcome, type WebhookOutcome } from "#lib/site/webhook-outcome.ts";

/** The server's part of the card. */
export type WebhookActions = {
  set(input: { tenantId: string; url: string }): Promise<Result<{ secret: string }>>;
  remove(input: { tenantId: string }): Promise<Result<null>>;
  test(input: { tenantId: string }): Promise<Result<WebhookOutcome>>;
};

type WebhookCardProps = { view: CertificatesView; actions: WebhookActions };

/** Where notices go beside this page: set, tested and taken away, and how the last ones went. */
export function WebhookCard({ view, actions }: WebhookCardProps) {
  const { tenantId, webhook, isReadOnly } = view;
  const [isSetting, setSetting] = useState(false);
  return (
    <Card title="Webhook">
      <p className="max-w-[84ch] text-quiet">
        60, 30, 14, 7 and 1 days before a certificate runs out the sensor calls this address, once each time, over HTTPS and signed. Without
        one, notices stand on this page and in the sensor’s log only.
      </p>
      {webhook ? (
        <p className="wrap-anywhere">
          <span className="font-mono text-mono">{webhook.host}/…</span>
          <span className="text-quiet">
            {" "}
            · set by {webhook.author} <Time value={webhook.setAt} />
          </span>
        </p>
      ) : (
        <p>No webhook is set.</p>
      )}
      {isReadOnly ? (
        <p className="flex items-start gap-1.5 text-quiet">
          <Lock aria-hidden className="mt-[3px] size-3.5 shrink-0" />
          Your role here is Read-Only: an Admin of this tenant sets the webhook.
        </p>
      ) : (
        <WebhookControls view={view} actions={actions} onSet={() => setSetting(true)} />
      )}
      <DeliveryList deliveries={view.deliveries} />
      {isSetting && (
        <WebhookDialog tenantId={tenantId} isReplacing={webhook !== null} set={actions.set} onClose={() => setSetting(false)} />
      )}
    </Card>
  );
}

/** The test's outcome stands until the next one, and is of the webhook that was tested. */
function WebhookControls({ view, actions, onSet }: WebhookCardProps & { onSet(): void }) {
  const { tenantId, webhook } = view;
  const [tested, setTested] = useState<{ outcome: WebhookOutcome; setAt: string | undefined } | null>(null);
  const test = useSubmit(actions.test, (outcome) => setTested({ outcome, setAt: webhook?.setAt }));
  const [problem] = test.problemsOf("");
  const shown = tested !== null && tested.setAt === webhook?.setAt && !test.isBusy ? tested.outcome : null;
  return (
    <>
      <div className="flex flex-wrap gap-2">
        {webhook && (
          <Button isBusy={test.isBusy} onClick={() => test.send({ tenantId })}>
            Test webhook
          </Button>
        )}
        <Button onClick={onSet}>{webhook ? "Replace webhook" : "Set webhook"}</Button>
        {webhook && <RemoveWebhook tenantId={tenantId} host={webhook.host} remove={actions.remove} />}
      </div>
      <StatusRegion>
        {test.isBusy && "The sensor is calling the webhook."}
        {shown && (
          <StatusText meaning={isDelivered(shown) ? "good" : "danger"}>
            The webhook {sayOutcome(shown)}.{" "}
            {isDelivered(shown)
              ? "Notices arrive there."
              : "Notices would not arrive: check the address and the receiver, then test again."}
          </StatusText>
        )}
        {!test.isBusy && problem && <StatusText meaning="danger">{problem.message}</StatusText>}
      </StatusRegion>
    </>
  );
}
