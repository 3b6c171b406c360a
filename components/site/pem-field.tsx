"use client";

import type { ReactNode } from "react";
import { useController } from "react-hook-form";
import { CertificateList } from "#components/site/certificate-list.tsx";
import { PemTextarea } from "#components/site/pem-textarea.tsx";
import { useFieldProblems, useSite } from "#components/site/site-form-context.ts";
import { useDraftFacts } from "#components/site/use-draft-facts.ts";
import { Field } from "#components/ui/field.tsx";
import { pemBlocks } from "#lib/site/changes.ts";
import { labels } from "#lib/site/label.ts";

type PemFieldProps = { name: "downstreamMtlsCredentials" | "originCaCertificates"; help: ReactNode; rows?: number };

/** A field of certificates: its text, and under it the same as facts. */
export function PemField({ name, help, rows }: PemFieldProps) {
  const { form, view } = useSite();
  const { field } = useController({ control: form.control, name });
  const text = field.value ?? "";
  const isAsStored = sameCertificates(text, view.draft[name] ?? "");
  const drafted = useDraftFacts(isAsStored ? "" : text);
  return (
    <div className="grid gap-2">
      <Field id={name} label={labels[name]} help={help} problems={useFieldProblems(name)}>
        <PemTextarea name={name} rows={rows} value={text} onChange={field.onChange} />
      </Field>
      <CertificateList areCas={name === "downstreamMtlsCredentials"} facts={isAsStored ? view.stored[name] : drafted} />
    </div>
  );
}

function sameCertificates(a: string, b: string): boolean {
  return pemBlocks(a).symmetricDifference(pemBlocks(b)).size === 0;
}
