"use client";

import { useController, useWatch } from "react-hook-form";
import { DownstreamMtls, EnforcedMtls, UpstreamMtls } from "#components/site/mtls-fields.tsx";
import { ObserveClients } from "#components/site/observe-clients.tsx";
import { CheckboxField } from "#components/site/site-fields.tsx";
import { useFieldProblems, useSite } from "#components/site/site-form-context.ts";
import { SslCredentials } from "#components/site/ssl-credentials.tsx";
import { useMtls } from "#components/site/use-mtls.ts";
import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import { labels, policyLabels } from "#lib/site/label.ts";

/** SSL/TLS Configuration: the listener's TLS, then mTLS in both directions. */
export function SslTlsSection() {
  const { form, view } = useSite();
  const { whySslStays, whyNoTerminateOnly } = useMtls();
  const isTerminateOnly = useWatch({ control: form.control, name: "isTerminateOnly" });
  return (
    <>
      <CheckboxField
        name="isSslEnabled"
        help="Clients reach this site over TLS. Off: the site answers plain HTTP only."
        disabledReason={whySslStays}
      />
      <SslCredentials />
      <CheckboxField
        name="isTerminateOnly"
        help="TLS ends at the sensor; requests go on to the origin’s HTTP port, unencrypted."
        disabledReason={isTerminateOnly ? undefined : whyNoTerminateOnly}
      />
      <PolicyField />
      <CheckboxField name="isHttpRedirected" help="Whoever comes over plain HTTP is sent to the same address over TLS (301)." />
      {view.hasMtlsFeature ? (
        <>
          <ObserveClients />
          <DownstreamMtls />
          <UpstreamMtls />
        </>
      ) : (
        <EnforcedMtls />
      )}
    </>
  );
}

function PolicyField() {
  const { field } = useController({ control: useSite().form.control, name: "sslPolicy" });
  return (
    <Field
      id="sslPolicy"
      label={labels.sslPolicy}
      help="Clients that speak none of these versions cannot connect."
      problems={useFieldProblems("sslPolicy")}
    >
      <Select name="sslPolicy" value={field.value} onChange={field.onChange}>
        {Object.entries(policyLabels).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </Select>
    </Field>
  );
}
