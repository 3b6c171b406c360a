"use client";

import { useWatch } from "react-hook-form";
import { ResponseHeadersField } from "#components/site/response-headers-field.tsx";
import { CheckboxField, NumberField, TextField } from "#components/site/site-fields.tsx";
import { useSite } from "#components/site/site-form-context.ts";

/** Proxy Configuration: limits on the way through, whom to believe about addresses, what to add to answers. */
export function ProxySection() {
  const { form } = useSite();
  const isRealIpSet = useWatch({ control: form.control, name: "isRealIpSet" });
  return (
    <>
      <NumberField
        name="maxBodySizeMb"
        unit="MB"
        min={1}
        max={1_000_000}
        help="A request with a larger body is refused (413). 1 MB is 1,048,576 bytes."
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <NumberField name="readTimeoutS" unit="s" min={1} max={3_600} help="An origin that is silent for longer is given up (504)." />
        <NumberField name="sendTimeoutS" unit="s" min={1} max={3_600} help="An origin that takes nothing for longer is given up (504)." />
      </div>
      <CheckboxField name="isRealIpSet" help="Behind another proxy: take the client’s address from a header that this proxy sets.">
        {isRealIpSet && (
          <>
            <TextField name="realIpHeader" isMono help="The header that holds the client’s address." />
            <TextField
              name="trustedSources"
              isMono
              placeholder="10.0.0.0/8, 2001:db8::/32"
              help="Only these addresses are believed: CIDRs with commas between them. From anybody else the header is ignored."
            />
          </>
        )}
      </CheckboxField>
      <ResponseHeadersField />
    </>
  );
}
