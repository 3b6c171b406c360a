"use client";

import { CertificateList } from "#components/site/certificate-list.tsx";
import { type Fact, Facts } from "#components/ui/facts.tsx";
import { StatusText } from "#components/ui/status-region.tsx";
import type { OriginFound, OriginReport } from "#lib/channel/origin-test.ts";
import { explainOrigin } from "#lib/channel/origin-words.ts";

/** What a test of the origin found, one card for each address: the verdict in words, the facts behind it. */
export function OriginResults({ report, isOutdated }: { report: OriginReport; isOutdated: boolean }) {
  return (
    <div className="grid gap-2">
      {isOutdated && <p className="text-quiet">These results are of the settings before your last change. Test again to be sure.</p>}
      <ul className="grid gap-2">
        {report.found.map((found) => (
          <li key={found.destination} className="grid min-w-0 gap-2 rounded-control border border-line p-3">
            <Verdict found={found} report={report} />
            {found.tls && <Details found={found} tls={found.tls} />}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Verdict({ found, report }: { found: OriginFound; report: OriginReport }) {
  const { meaning, title, text } = explainOrigin(found, report);
  return (
    <div className="grid min-w-0 gap-1">
      <p className="font-mono text-mono wrap-anywhere text-quiet">
        {found.destination} : {report.port}
      </p>
      <p className="font-medium">
        <StatusText meaning={meaning}>{title}</StatusText>
      </p>
      {text !== "" && <p className="max-w-[84ch] pl-5.5 wrap-anywhere">{text}</p>}
    </div>
  );
}

type Tls = NonNullable<OriginFound["tls"]>;

function Details({ found, tls }: { found: OriginFound; tls: Tls }) {
  return (
    <details className="pl-5.5">
      <summary className="w-fit cursor-pointer rounded-xs text-quiet">Details of the connection</summary>
      <div className="grid gap-3 pt-1.5">
        <Facts facts={factsOf(found, tls)} />
        {tls.chain.length > 0 && (
          <div className="grid gap-1.5">
            <p className="text-quiet">The origin’s certificates, as it sent them</p>
            <CertificateList facts={tls.chain} />
          </div>
        )}
      </div>
    </details>
  );
}

function factsOf(found: OriginFound, tls: Tls): Fact[] {
  const address = found.address !== null && found.address !== found.destination ? [{ label: "Address", value: found.address }] : [];
  return [
    ...address,
    { label: "TLS version", value: tls.version?.replace("TLSv", "TLS ") ?? "cannot tell" },
    { label: "Certificate", value: trustOf(tls) },
    { label: "Name check", value: nameOf(tls) },
    { label: "Asks for a client certificate", value: tls.isAsked === null ? "cannot tell" : tls.isAsked ? "yes" : "no" },
    ...(tls.isAsked ? [{ label: "From these CAs", value: authoritiesOf(tls) }] : []),
    { label: "Verdict", value: found.verdict, isMono: true },
    ...(found.reason === null
      ? []
      : [{ label: found.verdict === "ORIGIN_OK" ? "Without a certificate" : "Reason", value: found.reason, isMono: true }]),
  ];
}

function trustOf({ fault, isVerified }: Tls): string {
  if (isVerified) return fault === null ? "verified" : `refused (${fault})`;
  return fault === null ? "not verified by this site; it would pass" : `not verified by this site; it would be refused (${fault})`;
}

function nameOf({ isNameRight, serverName }: Tls): string {
  if (isNameRight === null) return "cannot tell";
  return isNameRight ? `the certificate is for ${serverName}` : `the certificate is not for ${serverName}`;
}

function authoritiesOf({ authorities, authorityCount }: Tls) {
  if (authorityCount === 0) return "any: it names none";
  return (
    <ul className="grid">
      {authorities.map((name) => (
        <li key={name}>{name}</li>
      ))}
      {authorityCount > authorities.length && <li>and {authorityCount - authorities.length} more</li>}
    </ul>
  );
}
