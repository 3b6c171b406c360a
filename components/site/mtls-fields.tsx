"use client";

import { Eye } from "lucide-react";
import { useWatch } from "react-hook-form";
import { ClientTestBox } from "#components/site/client-test.tsx";
import { LockedOut } from "#components/site/locked-out.tsx";
import { OriginTest } from "#components/site/origin-test.tsx";
import { PemField } from "#components/site/pem-field.tsx";
import { CheckboxField } from "#components/site/site-fields.tsx";
import { useSite } from "#components/site/site-form-context.ts";
import { UpstreamCredentials } from "#components/site/upstream-credentials.tsx";
import { useMtls } from "#components/site/use-mtls.ts";
import { useMoment } from "#components/ui/clock.tsx";
import { pemBlocks } from "#lib/site/changes.ts";
import { dayOfObservation, isObserving } from "#lib/site/observation.ts";
import { countCas } from "#lib/site/summary.ts";

/** Downstream mTLS: who may connect. Unticking keeps the CAs. */
export function DownstreamMtls() {
  const { form, view, notCas } = useSite();
  const [isOn, text, until] = useWatch({ control: form.control, name: ["isDownstreamMtls", "downstreamMtlsCredentials", "observedUntil"] });
  const kept = pemBlocks(text ?? "", notCas.downstreamMtlsCredentials ?? []).size;
  const isObserved = useMoment((now) => isObserving(until, now));
  return (
    <CheckboxField
      name="isDownstreamMtls"
      help={
        isOn
          ? "Clients without a certificate from these CAs are refused."
          : "Off: everybody may connect. On: clients without a certificate from the CAs that you name are refused."
      }
      disabledReason={useMtls().whyNoDownstream}
    >
      {isOn ? (
        <>
          <PemField
            name="downstreamMtlsCredentials"
            rows={8}
            help="The CAs (certificate authorities) whose client certificates are accepted, as PEM. Certificates only, never a private key."
          />
          <LockedOut />
          {!view.isReadOnly && <ClientTestBox />}
        </>
      ) : (
        kept > 0 &&
        !isObserved && (
          <p className="text-quiet">{countCas(kept)} kept for when this is on again; nobody is asked for a certificate meanwhile.</p>
        )
      )}
    </CheckboxField>
  );
}

/** Upstream mTLS: how the sensor proves itself to the origin. Unticking keeps the credentials. */
export function UpstreamMtls() {
  const { form, view } = useSite();
  const [isOn, change] = useWatch({ control: form.control, name: ["isUpstreamMtls", "upstreamMtlsCredentials"] });
  const isKept = view.stored.upstreamMtlsCredentials.length > 0 || (change !== undefined && change.change !== "keep");
  return (
    <CheckboxField
      name="isUpstreamMtls"
      help="The sensor shows this client certificate to the origin, which can then refuse everybody else."
      disabledReason={useMtls().whyNoUpstream}
    >
      {(isOn || isKept) && (
        <>
          {!isOn && <p className="text-quiet">Kept for when this is on again; the origin is shown no certificate meanwhile.</p>}
          <UpstreamCredentials />
          {isOn && !view.isReadOnly && <OriginTest label="Try this certificate at the origin" />}
        </>
      )}
    </CheckboxField>
  );
}

/** Without the feature: one line that says what is being enforced and whom to ask. */
export function EnforcedMtls() {
  const { view } = useSite();
  const until = view.enforced?.observedUntil ?? null;
  const isObserved = useMoment((now) => isObserving(until, now));
  const off =
    isObserved && until !== null ? `Clients are observed until ${dayOfObservation(until)} and nobody is refused` : "Downstream mTLS is off";
  const downstream = view.enforced?.isDownstream ? `Downstream mTLS is enforced with ${countCas(view.enforced.downstreamCas)}` : off;
  const upstream = view.enforced?.isUpstream ? "Upstream mTLS is enforced" : "Upstream mTLS is off";
  return (
    <p className="flex items-start gap-2 rounded-control bg-hover px-3 py-2">
      <Eye aria-hidden className="mt-0.5 size-4 shrink-0 text-quiet" />
      <span className="min-w-0">
        {downstream}; {upstream}. Changing this needs the feature <code className="font-mono whitespace-nowrap">site-config-mtls</code>,
        which is off for this tenant{view.isReadOnly ? "." : ": ask your Channel Admin to turn it on."}
      </span>
    </p>
  );
}
