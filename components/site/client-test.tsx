"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useWatch } from "react-hook-form";
import { PemTextarea } from "#components/site/pem-textarea.tsx";
import { inWords, useSite } from "#components/site/site-form-context.ts";
import { Field } from "#components/ui/field.tsx";
import { type Meaning, MeaningIcon, meaningText } from "#components/ui/meaning.tsx";
import type { FieldProblem } from "#components/ui/problem-list.tsx";
import type { ClientTest } from "#lib/console/client-test.ts";
import type { CertificateFacts } from "#lib/pki/facts.ts";

const restMs = 300;

const keyRefused: FieldProblem = {
  severity: "error",
  message:
    "There was a private key in this text. It does not belong here: nothing of it was sent or kept, but it has been in your clipboard. Copy something else, and paste the certificate alone.",
};

/** Would this client get in? Answered for the draft as it stands; what is pasted is judged and forgotten. */
export function ClientTestBox() {
  const [text, setText] = useState("");
  const [hadKey, setHadKey] = useState(false);
  const { data, isError, isPending } = useClientTest(text);
  const isAsked = text.trim() !== "";

  function take(next: string) {
    const isKey = next.includes("PRIVATE KEY");
    setHadKey(isKey);
    setText(isKey ? "" : next);
  }

  const found: FieldProblem[] = data && !data.ok ? data.problems.map(inWords) : [];
  const problems = hadKey ? [keyRefused] : isAsked && isError ? [unreachable] : isAsked ? found : [];
  return (
    <div className="grid gap-2">
      <Field
        label="Test a client certificate"
        help="The verdict to expect with the CAs above: paste the client’s certificate and the intermediates it sends. No key is needed, and nothing is stored."
        problems={problems}
      >
        <PemTextarea name="clientCertificateToTest" rows={3} value={text} onChange={take} />
      </Field>
      <div role="status" className="grid gap-3">
        {isAsked && isPending && !isError && <p className="text-quiet">Looking for a way to a CA …</p>}
        {isAsked && data?.ok && data.value.map((test) => <Answer key={test.certificate.fingerprint} test={test} />)}
      </div>
    </div>
  );
}

const unreachable: FieldProblem = { severity: "error", message: "The console did not answer. Try again in a moment." };

function useClientTest(text: string) {
  const { form, view, testClient } = useSite();
  const authorities = useWatch({ control: form.control, name: "downstreamMtlsCredentials" }) ?? "";
  const input = useRested(JSON.stringify({ siteId: view.siteId, tenantId: view.tenantId, authorities, client: text }));
  return useQuery({
    queryKey: ["client-test", input],
    queryFn: () => testClient(JSON.parse(input)),
    enabled: text.trim() !== "" && input.includes(JSON.stringify(text)),
    // What somebody pasted is nobody's to keep.
    gcTime: 0,
    retry: false,
  });
}

function useRested(value: string): string {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), restMs);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}

function Answer({ test: { certificate, verdict, sentence, nextStep, chain } }: { test: ClientTest }) {
  const meaning: Meaning = verdict === "CLIENT_CERT_VERIFIED" ? "good" : verdict === "CANNOT_TELL" ? "unknown" : "danger";
  return (
    <div className="grid min-w-0 gap-1">
      <p className="flex min-w-0 items-start gap-1.5">
        <MeaningIcon meaning={meaning} className={`mt-0.5 size-4 shrink-0 ${meaningText[meaning]}`} />
        <span className="min-w-0 wrap-anywhere">
          <span className={`font-medium ${meaningText[meaning]}`}>{headlines[meaning]}</span>{" "}
          {verdict !== "CANNOT_TELL" && <span className="font-mono text-mono text-quiet">{verdict}</span>}
        </span>
      </p>
      <p className="min-w-0 wrap-anywhere">
        {sentence} {nextStep}
      </p>
      <ol aria-label={`The way from ${nameOf(certificate)} to a CA`} className="grid gap-0.5 border-l border-line pl-3">
        {chain.map((step, depth) => (
          <li key={step.fingerprint} className="min-w-0 wrap-anywhere" style={{ paddingInlineStart: `${depth}rem` }}>
            {depth > 0 && <span className="text-quiet">issued by </span>}
            {nameOf(step)}
            {depth === chain.length - 1 && <span className="text-quiet"> · {endOf(verdict, step, depth)}</span>}
          </li>
        ))}
      </ol>
    </div>
  );
}

const headlines: Record<Meaning, string> = { good: "Expected: gets in", danger: "Expected: refused", unknown: "Cannot tell", notice: "" };

/** Where the way ends, in the words of the box above. */
function endOf(verdict: ClientTest["verdict"], { issuer, subject }: CertificateFacts, depth: number): string {
  const isTrusted = depth > 0 && verdict !== "CLIENT_CERT_UNTRUSTED" && verdict !== "CANNOT_TELL";
  if (isTrusted) return "in the box";
  return issuer === subject ? "signed by itself, not in the box" : `the way ends here: issued by ${issuer}`;
}

function nameOf({ commonName, names, subject }: CertificateFacts): string {
  return commonName || names[0] || subject || "a certificate without a name";
}
