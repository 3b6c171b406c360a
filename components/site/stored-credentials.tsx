"use client";

import type { ReactNode } from "react";
import { CertificateChains } from "#components/site/certificate-chains.tsx";
import { focusSoon } from "#components/site/focus-soon.ts";
import { useFieldProblems, useSite } from "#components/site/site-form-context.ts";
import { TypedCredentials } from "#components/site/typed-credentials.tsx";
import { useInspection } from "#components/site/use-inspection.ts";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { StatusText } from "#components/ui/status-region.tsx";
import { labels } from "#lib/site/label.ts";
import type { CredentialsChange, KeyField } from "#lib/site/schema.ts";

type StoredCredentialsProps = {
  name: KeyField;
  help: ReactNode;
  change: CredentialsChange;
  onChange: (change: CredentialsChange) => void;
  /** The button that leads to new credentials, and what there is to say of them while they are not saved. */
  children: ReactNode;
};

/** The place of a field that holds a private key: what is stored as facts, and the ways to replace or remove it. */
export function StoredCredentials({ name, help, change, onChange, children }: StoredCredentialsProps) {
  const { view } = useSite();
  const facts = view.stored[name];
  const problems = useFieldProblems(name);
  const typed = useInspection(name, change.change === "replace" ? change.text : "");
  const isStored = facts.length > 0;

  function choose(next: CredentialsChange) {
    onChange(next);
    focusSoon(name);
  }

  return (
    <Field isGroup id={name} label={labels[name]} help={help} problems={problems}>
      <div className="grid gap-3">
        {change.change === "keep" &&
          (isStored ? (
            <CertificateChains certificates={facts} chains={view.drawn[name].chains} isDetailed />
          ) : (
            <p className="text-quiet">Nothing is stored yet.</p>
          ))}
        {change.change === "replace" && (
          <StatusText meaning="notice">
            New credentials, not saved yet.{isStored && " Those that are stored stay in use until then."}
          </StatusText>
        )}
        {change.change === "replace" && <TypedCredentials state={typed} said={problems} isDetailed />}
        {change.change === "clear" && <StatusText meaning="notice">The stored credentials are removed with the next save.</StatusText>}
        <div className="flex flex-wrap gap-2">
          {children}
          {change.change === "keep" && isStored && <Button onClick={() => choose({ change: "clear" })}>Clear</Button>}
          {change.change !== "keep" && (
            <Button onClick={() => choose({ change: "keep" })}>
              {isStored ? "Keep the stored credentials" : "Discard the new credentials"}
            </Button>
          )}
        </div>
      </div>
    </Field>
  );
}
