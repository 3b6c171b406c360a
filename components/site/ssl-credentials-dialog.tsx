"use client";

import { useState } from "react";
import { PemTextarea } from "#components/site/pem-textarea.tsx";
import { useFieldProblems } from "#components/site/site-form-context.ts";
import { TypedCredentials } from "#components/site/typed-credentials.tsx";
import { useInspection } from "#components/site/use-inspection.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import type { FieldProblem } from "#components/ui/problem-list.tsx";
import { labels } from "#lib/site/label.ts";

type DialogProps = {
  isOpen: boolean;
  /** What was applied before and is not saved yet; what is stored is never put in here. */
  draft: string;
  onApply: (text: string) => void;
  onClose: () => void;
};

const nothing: FieldProblem = {
  severity: "error",
  message: "Paste the site’s certificate and its private key, or close this with Cancel.",
};

/** The dialog for new SSL Credentials: empty at first; Apply puts them into the draft, Save stores them. */
export function SslCredentialsDialog({ isOpen, draft, onApply, onClose }: DialogProps) {
  const problems = useFieldProblems("sslCredentials");
  const [typed, setTyped] = useState<string | null>(null);
  const [isEmpty, setIsEmpty] = useState(false);
  const text = typed ?? draft;
  const inspected = useInspection("sslCredentials", isOpen ? text : "");

  function close() {
    setTyped(null);
    setIsEmpty(false);
    onClose();
  }

  function apply() {
    if (text.trim() === "") return setIsEmpty(true);
    setTyped(null);
    setIsEmpty(false);
    onApply(text);
  }

  // What the server said is about the draft: it goes as soon as something else stands in the box.
  const aboutDraft = text === draft && draft !== "" ? problems : [];
  return (
    <Dialog
      title="Edit SSL Credentials"
      description="The new credentials become part of the draft; they are in use once you save and the sensor serves them."
      isOpen={isOpen}
      isWide
      onOpenChange={(open) => !open && close()}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button variant="primary" onClick={apply}>
            Apply
          </Button>
        </>
      }
    >
      <Field
        label={labels.sslCredentials}
        help="Site certificate, intermediates and private key, as PEM in any order. The order is put right for you."
        problems={isEmpty && text.trim() === "" ? [nothing] : aboutDraft}
      >
        <PemTextarea name="sslCredentials" rows={12} value={text} onChange={setTyped} />
      </Field>
      <TypedCredentials state={inspected} said={aboutDraft} />
    </Dialog>
  );
}
