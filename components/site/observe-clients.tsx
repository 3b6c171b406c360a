"use client";

import { useController } from "react-hook-form";
import { PemField } from "#components/site/pem-field.tsx";
import { useFieldProblems, useSite } from "#components/site/site-form-context.ts";
import { useMtls } from "#components/site/use-mtls.ts";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { useMoment } from "#components/ui/clock.tsx";
import { MeaningIcon } from "#components/ui/meaning.tsx";
import { labels } from "#lib/site/label.ts";
import { dayOfObservation, isObserving, observationEnd, settleObservation } from "#lib/site/observation.ts";

/** Observe clients: who would connect, before anybody is refused. Ticked while the stored end lies ahead. */
export function ObserveClients() {
  const { form, view } = useSite();
  const { field } = useController({ control: form.control, name: "observedUntil" });
  const until = field.value ?? null;
  const isOn = useMoment((now) => isObserving(until, now));

  function tick(isTicked: boolean) {
    const stored = view.draft.observedUntil ?? null;
    const end = settleObservation(isTicked ? observationEnd(Date.now()) : null, stored, Date.now());
    // One that is over stays as it is stored: unticking it is no change.
    field.onChange(isTicked || isObserving(stored, Date.now()) ? end : stored);
  }
  return (
    <Checkbox
      id="observedUntil"
      name="observedUntil"
      label={labels.observedUntil}
      help={`Asks every caller for a certificate and refuses nobody. Browsers that hold a matching certificate may ask their user. ${
        isOn && until !== null ? `Ends by itself on ${dayOfObservation(until)}.` : "Ends by itself after 30 days."
      }`}
      problems={useFieldProblems("observedUntil")}
      disabledReason={useMtls().whyNoObservation}
      checked={isOn}
      onChange={(event) => tick(event.target.checked)}
    >
      {isOn ? (
        <PemField
          name="downstreamMtlsCredentials"
          rows={8}
          help="The CAs (certificate authorities) by which callers would be judged, as PEM. Left empty, any certificate is asked for and recorded, and none is judged. Certificates only, never a private key."
        />
      ) : (
        until !== null && <Ended day={dayOfObservation(until)} isReadOnly={view.isReadOnly} />
      )}
    </Checkbox>
  );
}

function Ended({ day, isReadOnly }: { day: string; isReadOnly: boolean }) {
  return (
    <p className="flex items-start gap-1.5">
      <MeaningIcon meaning="notice" className="mt-0.5 size-4 shrink-0 text-notice" />
      <span className="min-w-0">
        Observation ended on {day}: nobody is asked for a certificate any more. The tab Activity shows who called.
        {!isReadOnly && " Next, tick Downstream mTLS to refuse everybody else, or tick this again for another 30 days."}
      </span>
    </p>
  );
}
