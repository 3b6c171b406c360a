import type { Meaning } from "#components/ui/meaning.tsx";
import { StatusText } from "#components/ui/status-region.tsx";
import { Time } from "#components/ui/time.tsx";
import type { DeliveryView } from "#lib/console/certificates-view.ts";
import { sayOutcome } from "#lib/site/webhook-outcome.ts";

/** The last messages to the webhook, and what came of them. */
export function DeliveryList({ deliveries }: { deliveries: readonly DeliveryView[] }) {
  if (deliveries.length === 0) return null;
  return (
    <div className="grid gap-1.5">
      <h3 className="font-medium">Last messages</h3>
      <ul className="grid gap-1.5">
        {deliveries.map((delivery) => (
          <li key={delivery.id} className="grid gap-0.5">
            <StatusText meaning={meanings[delivery.state]}>
              {delivery.count === 1 ? "1 certificate" : `${delivery.count} certificates`}, <Time value={delivery.createdAt} />:{" "}
              <Outcome delivery={delivery} />
            </StatusText>
          </li>
        ))}
      </ul>
    </div>
  );
}

const meanings: Record<DeliveryView["state"], Meaning> = {
  delivered: "good",
  pending: "notice",
  "given-up": "danger",
  withdrawn: "unknown",
};

function Outcome({ delivery: { state, attempts, nextAt, last } }: { delivery: DeliveryView }) {
  const words = last ? sayOutcome(last.outcome) : "not sent yet";
  if (state === "withdrawn") return <>not sent, because the certificates were replaced or the webhook was removed</>;
  if (state === "given-up")
    return (
      <>
        {words} at the last of {attempts} attempts; it is not sent again
      </>
    );
  if (state === "delivered") return <>{words}</>;
  return (
    <>
      {words}
      {attempts > 0 && nextAt && (
        <>
          ; attempt {attempts + 1} <Time value={nextAt} />
        </>
      )}
    </>
  );
}
