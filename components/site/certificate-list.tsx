"use client";

import { useMoment } from "#components/ui/clock.tsx";
import { Facts } from "#components/ui/facts.tsx";
import { type Meaning, MeaningIcon, meaningText } from "#components/ui/meaning.tsx";
import { Time } from "#components/ui/time.tsx";
import type { CertificateFacts } from "#lib/pki/facts.ts";

type CertificateListProps = {
  facts: readonly CertificateFacts[];
  /** Subject, issuer, validity and fingerprint stand open instead of folded. */
  isDetailed?: boolean;
  /** Each must be a CA: one that is not gets no tick, even before it is refused. */
  areCas?: boolean;
};

/** Certificates as facts: name, kind and time left in one line each, the rest below. */
export function CertificateList({ facts, isDetailed = false, areCas = false }: CertificateListProps) {
  if (facts.length === 0) return null;
  return (
    <ul className="grid gap-2">
      {facts.map((certificate) => (
        <li key={certificate.fingerprint} className="grid min-w-0 gap-1.5">
          <Headline certificate={certificate} isMisplaced={areCas && !certificate.isCa} />
          {isDetailed ? (
            <div className="pl-6">
              <Details certificate={certificate} />
            </div>
          ) : (
            <details className="pl-6">
              <summary className="w-fit cursor-pointer rounded-xs text-quiet">Details</summary>
              <div className="pt-1.5">
                <Details certificate={certificate} />
              </div>
            </details>
          )}
        </li>
      ))}
    </ul>
  );
}

function Headline({ certificate, isMisplaced }: { certificate: CertificateFacts; isMisplaced: boolean }) {
  const verb = useMoment((now) => judgeTime(certificate, now));
  const meaning = meanings[verb];
  const sign = isMisplaced ? "danger" : meaning;
  const kind = [certificate.isCa ? "CA" : isMisplaced ? "not a CA" : "", certificate.keyDescription]
    .filter((part) => part !== "")
    .join(" · ");
  return (
    <p className="flex min-w-0 items-start gap-2">
      <MeaningIcon meaning={sign} className={`mt-0.5 size-4 shrink-0 ${meaningText[sign]}`} />
      <span className="min-w-0 wrap-anywhere">
        <span className="font-medium">{certificate.commonName ?? certificate.names[0] ?? certificate.subject}</span>
        <span className="text-quiet"> · {kind} · </span>
        <span className={meaning === "good" ? "text-quiet" : meaningText[meaning]}>
          {verb} <Time value={verb === "valid" ? certificate.notBefore : certificate.notAfter} />
        </span>
      </span>
    </p>
  );
}

function Details({ certificate }: { certificate: CertificateFacts }) {
  const { subject, issuer, names, notBefore, notAfter, fingerprint } = certificate;
  return (
    <Facts
      facts={[
        { label: "Subject", value: subject },
        ...(names.length > 0 ? [{ label: "Names", value: names.join(", ") }] : []),
        { label: "Issuer", value: issuer === subject ? "itself" : issuer },
        { label: "Valid", value: `${day(notBefore)} to ${day(notAfter)}` },
        { label: "SHA-256", value: fingerprint, isMono: true, copy: fingerprint },
      ]}
    />
  );
}

const soonMs = 30 * 86_400_000;

type Verb = "expires" | "expires soon:" | "expired" | "valid";

const meanings: Record<Verb, Meaning> = { expires: "good", "expires soon:": "notice", expired: "danger", valid: "danger" };

function judgeTime({ notBefore, notAfter }: CertificateFacts, now: number): Verb {
  if (Date.parse(notAfter) <= now) return "expired";
  if (Date.parse(notBefore) > now) return "valid";
  return Date.parse(notAfter) - now < soonMs ? "expires soon:" : "expires";
}

// Certificates run in UTC, and a day is exact enough: hovering the line above tells the minute.
function day(iso: string): string {
  return new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
}
