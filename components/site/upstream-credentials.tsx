"use client";

import { useController } from "react-hook-form";
import { focusSoon } from "#components/site/focus-soon.ts";
import { PemTextarea } from "#components/site/pem-textarea.tsx";
import { useFieldProblems, useSite } from "#components/site/site-form-context.ts";
import { StoredCredentials } from "#components/site/stored-credentials.tsx";
import { TypedCredentials } from "#components/site/typed-credentials.tsx";
import { useInspection } from "#components/site/use-inspection.ts";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { labels } from "#lib/site/label.ts";
import type { CredentialsChange } from "#lib/site/schema.ts";

const name = "upstreamMtlsCredentials";
const help =
  "What the sensor shows to the origin: a client certificate, its intermediates and its private key, as PEM in any order. The key is never shown again.";

/** Upstream mTLS Credentials: a textarea while there is nothing to show or something new to say, else the facts. */
export function UpstreamCredentials() {
  const { form, view } = useSite();
  const { field } = useController({ control: form.control, name });
  const problems = useFieldProblems(name);
  const change: CredentialsChange = field.value ?? { change: "keep" };
  const isStored = view.stored[name].length > 0;
  const isTyping = change.change === "replace" || (change.change === "keep" && !isStored);
  const text = change.change === "replace" ? change.text : "";
  const typed = useInspection(name, text);

  function choose(next: CredentialsChange) {
    field.onChange(next);
    focusSoon(name);
  }

  if (!isTyping) {
    return (
      <StoredCredentials name={name} help={help} change={change} onChange={field.onChange}>
        {change.change === "keep" && <Button onClick={() => choose({ change: "replace", text: "" })}>Replace</Button>}
      </StoredCredentials>
    );
  }
  return (
    <div className="grid gap-2">
      <Field id={name} label={labels[name]} help={help} problems={problems}>
        <PemTextarea
          name={name}
          value={text}
          onChange={(next) => field.onChange(next === "" && !isStored ? { change: "keep" } : { change: "replace", text: next })}
        >
          {isStored && <Button onClick={() => choose({ change: "keep" })}>Cancel</Button>}
        </PemTextarea>
      </Field>
      <TypedCredentials state={typed} said={problems} />
    </div>
  );
}
