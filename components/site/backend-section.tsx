"use client";

import { useWatch } from "react-hook-form";
import { OriginTest } from "#components/site/origin-test.tsx";
import { PemField } from "#components/site/pem-field.tsx";
import { CheckboxField, NumberField, TextField } from "#components/site/site-fields.tsx";
import { useSite } from "#components/site/site-form-context.ts";

/** Backend Configuration: where requests go, and how the sensor knows that it speaks with the right server. */
export function BackendSection() {
  const { form, view } = useSite();
  const [isVerified, isSsl, isTerminateOnly] = useWatch({
    control: form.control,
    name: ["isOriginVerified", "isSslEnabled", "isTerminateOnly"],
  });
  return (
    <>
      <TextField
        name="origin"
        isMono
        placeholder="origin.example.com or 10.0.0.5, 10.0.0.6"
        help="The server behind the sensor (the origin): one host name, or IP addresses with commas between them."
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <NumberField name="originHttpPort" min={1} max={65_535} help="Used for requests that go on in plain HTTP." />
        <NumberField name="originHttpsPort" min={1} max={65_535} help="Used for requests that go on over TLS." />
      </div>
      <CheckboxField
        name="isOriginVerified"
        help={
          !isSsl || isTerminateOnly
            ? "Verifies nothing at present: requests go on in plain HTTP, so any server at this address is believed to be the origin."
            : isVerified
              ? "An origin whose certificate is not trusted or has another name gets no request."
              : "Any server at this address is believed to be the origin and gets every request."
        }
      />
      <PemField
        name="originCaCertificates"
        rows={5}
        help="Certificates (PEM) of the CAs that the origin’s certificate may come from. Empty: the public CAs."
      />
      <TextField
        name="originServerName"
        isMono
        help="The name the origin’s certificate must have. Empty: the origin’s host name, or this site’s where the origin is given as IP addresses."
      />
      {!view.isReadOnly && <OriginTest />}
    </>
  );
}
