"use client";

import { type ReactNode, useEffect } from "react";
import { useController } from "react-hook-form";
import { CertificateChains } from "#components/site/certificate-chains.tsx";
import { PemTextarea } from "#components/site/pem-textarea.tsx";
import { useFieldProblems, useSite } from "#components/site/site-form-context.ts";
import { TypedCredentials } from "#components/site/typed-credentials.tsx";
import { useInspection } from "#components/site/use-inspection.ts";
import { Field } from "#components/ui/field.tsx";
import type { CaField, NotCas } from "#lib/site/changes.ts";
import type { Inspection } from "#lib/site/inspection.ts";
import { labels } from "#lib/site/label.ts";

type PemFieldProps = {
  name: CaField;
  help: ReactNode;
  rows?: number;
  /** What follows below the cards. */
  children?: ReactNode;
};

/** A field of certificates: its text, and under it the same as cards. */
export function PemField({ name, help, rows, children }: PemFieldProps) {
  const { form, view, noteNotCas } = useSite();
  const { field } = useController({ control: form.control, name });
  const text = field.value ?? "";
  const isAsStored = isSameText(text, view.draft[name] ?? "");
  const typed = useInspection(name, isAsStored ? "" : text);
  const problems = useFieldProblems(name);
  useEffect(() => noteNotCas(name, notCasOf(typed.inspection)), [name, typed.inspection, noteNotCas]);
  const admission = isAsStored ? view.drawn[name].admission : typed.inspection?.admission;
  return (
    <div className="grid gap-2">
      <Field id={name} label={labels[name]} help={help} problems={problems}>
        <PemTextarea name={name} rows={rows} value={text} onChange={field.onChange} />
      </Field>
      <TypedCredentials state={typed} said={problems} />
      {isAsStored && <CertificateChains certificates={view.stored[name]} chains={view.drawn[name].chains} />}
      {admission && <p>{admission}</p>}
      {children}
    </div>
  );
}

function notCasOf(inspection: Inspection | null): NotCas[CaField] {
  if (!inspection || inspection.certificates.length === 0) return null;
  return inspection.problems.flatMap(({ code, block }) => (code === "ca.not-a-ca" && block ? block : []));
}

/** The same but for what an editor does to line ends. */
function isSameText(a: string, b: string): boolean {
  const [one, other] = [a, b].map((text) => text.replaceAll("\r\n", "\n").trim());
  return one === other;
}
