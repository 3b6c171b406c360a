"use client";

import { Badge } from "#components/ui/badge.tsx";
import { useMoment } from "#components/ui/clock.tsx";
import { Facts } from "#components/ui/facts.tsx";
import { type Meaning, MeaningIcon, meaningText } from "#components/ui/meaning.tsx";
import { Time } from "#components/ui/time.tsx";
import type { CertificateFacts } from "#lib/pki/facts.ts";

type CertificateCardProps = {
  certificate: CertificateFacts;
  /** Subject, issuer, purposes and fingerprint stand open instead of folded. */
  isDetailed?: boolean;
  /** What is known against it or for it beside its dates: null where nothing is. */
  standing?: Meaning | null;
  /** Of a text: the number of its block there. */
  number?: number;
};

/** One certificate: name, kind, key and time left in one line, the rest below it. */
export function CertificateCard({ certificate, isDetailed = false, standing = null, number }: CertificateCardProps) {
  const details = <Details certificate={certificate} />;
  return (
    <div className="grid min-w-0 gap-1.5">
      <Headline certificate={certificate} standing={standing} number={number} />
      {isDetailed ? (
        <div className="pl-6">{details}</div>
      ) : (
        <details className="pl-6">
          <summary className="w-fit cursor-pointer rounded-xs text-quiet">Details</summary>
          <div className="pt-1.5">{details}</div>
        </details>
      )}
    </div>
  );
}

function Headline({
  certificate,
  standing,
  number,
}: Required<Pick<CertificateCardProps, "certificate" | "standing">> & { number?: number }) {
  const verb = useMoment((now) => judgeTime(certificate, now));
  const meaning = meanings[verb];
  const sign = meaning === "danger" ? meaning : (standing ?? meaning);
  return (
    <p className="flex min-w-0 items-start gap-2">
      <MeaningIcon meaning={sign} className={`mt-0.5 size-4 shrink-0 ${meaningText[sign]}`} />
      <span className="min-w-0 wrap-anywhere">
        {number !== undefined && <span className="text-quiet">Certificate {number}: </span>}
        <span className="font-medium">{certificate.commonName || certificate.names[0] || certificate.subject || "No name"}</span>
        <span className="text-quiet">
          {" "}
          · {certificate.isCa ? "CA" : "Leaf"} · {certificate.keyDescription}{" "}
        </span>
        <Badge meaning={meaning}>
          {verb} <Time value={verb === "valid" ? certificate.notBefore : certificate.notAfter} />
        </Badge>
      </span>
    </p>
  );
}

function Details({ certificate }: { certificate: CertificateFacts }) {
  const { subject, issuer, names, notBefore, notAfter, fingerprint, keyDescription, isCa, isSelfIssued, purposes } = certificate;
  return (
    <Facts
      facts={[
        { label: "Subject", value: subject || "none" },
        { label: "Issuer", value: isSelfIssued ? "itself" : issuer },
        { label: "Names (SANs)", value: names.length > 0 ? listNames(names) : "none" },
        { label: "Valid", value: `${day(notBefore)} to ${day(notAfter)}` },
        { label: "Key", value: keyDescription },
        { label: "Kind", value: isCa ? "CA, may issue certificates" : "Leaf, may not issue certificates" },
        { label: "Use (EKU)", value: purposes === null ? "not limited" : purposes.join(", ") || "none" },
        { label: "SHA-256", value: fingerprint, isMono: true, copy: fingerprint },
      ]}
    />
  );
}

const mostNames = 20;

function listNames(names: readonly string[]): string {
  const more = names.length - mostNames;
  return more > 0 ? `${names.slice(0, mostNames).join(", ")} and ${more} more` : names.join(", ");
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
