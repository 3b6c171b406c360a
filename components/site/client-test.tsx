"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useWatch } from "react-hook-form";
import { PemTextarea } from "#components/site/pem-textarea.tsx";
import { inWords, useSite } from "#components/site/site-form-context.ts";
import { Field } from "#components/ui/field.tsx";
import type { FieldProblem } from "#components/ui/problem-list.tsx";

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

  const { result, ClientVerdict } = data ?? {};
  const found: FieldProblem[] = result && !result.ok ? result.problems.map(inWords) : [];
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
        {isAsked &&
          ClientVerdict &&
          result?.ok &&
          result.value.map((test) => <ClientVerdict key={test.certificate.fingerprint} test={test} />)}
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
    queryFn: async () => {
      const [{ ClientVerdict }, result] = await Promise.all([verdictCode(), testClient(JSON.parse(input))]);
      return { ClientVerdict, result };
    },
    enabled: text.trim() !== "" && input.includes(JSON.stringify(text)),
    // What somebody pasted is nobody's to keep.
    gcTime: 0,
    retry: false,
  });
}

/** What shows the verdict comes with the first test: most visits of the page test nothing. */
function verdictCode() {
  return import("#components/site/client-verdict.tsx");
}

function useRested(value: string): string {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), restMs);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}
