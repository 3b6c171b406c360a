"use client";

import { memo, useState } from "react";
import { CertificateCard } from "#components/site/certificate-card.tsx";
import { Button } from "#components/ui/button.tsx";
import type { Meaning } from "#components/ui/meaning.tsx";
import { StatusText } from "#components/ui/status-region.tsx";
import type { CertificateFacts } from "#lib/pki/facts.ts";
import type { ChainReading } from "#lib/site/field-reading.ts";

type CertificateChainsProps = {
  certificates: readonly CertificateFacts[];
  chains: readonly ChainReading[];
  /** What is known of a certificate beside its dates. */
  standingOf?: (certificate: CertificateFacts) => Meaning | null;
  /** Names each by its block in the text that was typed. */
  isNumbered?: boolean;
  isDetailed?: boolean;
};

const mostAtFirst = 10;
const mostDetailed = 3;

/** A field's certificates as cards, drawn as the chains they stand in: leaf to root, with what is missing by name. */
export const CertificateChains = memo(function CertificateChains({
  certificates,
  chains,
  isDetailed,
  isNumbered = false,
  standingOf,
}: CertificateChainsProps) {
  const [isWhole, setWhole] = useState(false);
  const byFingerprint = new Map(certificates.map((certificate) => [certificate.fingerprint, certificate]));
  const shown = isWhole ? chains : firstOf(chains);
  const hasMore = certificates.length > mostAtFirst;
  if (certificates.length === 0) return null;
  return (
    <div className="grid gap-2">
      <ul className="grid gap-2">
        {shown.map(({ fingerprints, end }) => (
          <li key={fingerprints[0]} className="min-w-0 rounded-control border border-line px-3 py-2">
            <ol aria-label="Chain, leaf to root" className="grid gap-2">
              {fingerprints.map((fingerprint, index) => {
                const certificate = byFingerprint.get(fingerprint);
                if (!certificate) return null;
                return (
                  <li key={fingerprint} className="grid min-w-0 gap-2">
                    {index > 0 && <IssuedBy />}
                    <CertificateCard
                      certificate={certificate}
                      isDetailed={isDetailed ?? certificates.length <= mostDetailed}
                      standing={standingOf?.(certificate) ?? null}
                      number={isNumbered ? certificate.block : undefined}
                    />
                  </li>
                );
              })}
              {end && (
                <li className="grid min-w-0 gap-2">
                  <IssuedBy />
                  <StatusText meaning={end.isDoubtful ? "notice" : "unknown"} className="wrap-anywhere">
                    {end.text}
                  </StatusText>
                </li>
              )}
            </ol>
          </li>
        ))}
      </ul>
      {hasMore && (
        <Button aria-expanded={isWhole} onClick={() => setWhole(!isWhole)} className="w-fit">
          {isWhole ? `Show the first ${mostAtFirst}` : `Show all ${certificates.length}`}
        </Button>
      )}
    </div>
  );
});

function IssuedBy() {
  return (
    <span className="pl-[7px] text-small text-quiet">
      <span aria-hidden className="mr-3.5 inline-block h-3 border-l-2 border-line align-middle" />
      issued by
    </span>
  );
}

/** The first certificates of the chains; of a chain that is cut its end is not shown either. */
function firstOf(chains: readonly ChainReading[]): ChainReading[] {
  let room = mostAtFirst;
  return chains.flatMap(({ fingerprints, end }) => {
    const shown = fingerprints.slice(0, room);
    room -= shown.length;
    return shown.length === 0 ? [] : [{ fingerprints: shown, end: shown.length === fingerprints.length ? end : null }];
  });
}
