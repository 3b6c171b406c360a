"use client";

import { type Meaning, MeaningIcon, meaningText } from "#components/ui/meaning.tsx";
import type { ClientTest } from "#lib/console/client-test.ts";
import type { CertificateFacts } from "#lib/pki/facts.ts";

/** What a client with this certificate would meet, and the way from it to a CA. */
export function ClientVerdict({ test: { certificate, verdict, sentence, nextStep, chain } }: { test: ClientTest }) {
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
