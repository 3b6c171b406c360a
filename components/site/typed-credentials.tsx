"use client";

import { memo, useId } from "react";
import { CertificateChains } from "#components/site/certificate-chains.tsx";
import { inWords } from "#components/site/site-form-context.ts";
import type { InspectionState } from "#components/site/use-inspection.ts";
import type { Meaning } from "#components/ui/meaning.tsx";
import { type FieldProblem, ProblemList } from "#components/ui/problem-list.tsx";
import { StatusRegion, StatusText } from "#components/ui/status-region.tsx";
import type { CertificateFacts } from "#lib/pki/facts.ts";
import type { Inspection } from "#lib/site/inspection.ts";

type TypedCredentialsProps = {
  state: InspectionState;
  /** What the field itself says already, after a refused save. */
  said: readonly FieldProblem[];
  isDetailed?: boolean;
};

/** What a text that is not saved yet is: said in one line once typing rests, then problems, keys and certificates. */
export function TypedCredentials({ state: { inspection, isReading }, said, isDetailed }: TypedCredentialsProps) {
  const id = useId();
  const problems = (inspection?.problems ?? [])
    .map(inWords)
    .filter((problem) => !said.some(({ message }) => message === problem.message))
    .sort((a, b) => a.severity.localeCompare(b.severity));
  return (
    <div className="grid gap-2" aria-busy={isReading}>
      <StatusRegion className="grid gap-2 text-quiet">
        {inspection && <p>{summarise(inspection)}</p>}
        {problems.length > 0 && <ProblemList id={id} problems={problems} isRoomKept={false} />}
      </StatusRegion>
      {inspection && (
        <>
          {inspection.keys.length > 0 && <Keys keys={inspection.keys} />}
          <TypedCertificates inspection={inspection} isDetailed={isDetailed} />
        </>
      )}
    </div>
  );
}

// Two hundred cards are not to be made anew with every key that is pressed above them.
const TypedCertificates = memo(function TypedCertificates({ inspection, isDetailed }: { inspection: Inspection; isDetailed?: boolean }) {
  return (
    <CertificateChains
      certificates={inspection.certificates}
      chains={inspection.chains}
      isNumbered
      isDetailed={isDetailed}
      standingOf={(certificate) => standingOf(certificate, inspection)}
    />
  );
});

function Keys({ keys }: Pick<Inspection, "keys">) {
  return (
    <ul className="grid gap-1">
      {keys.map(({ block, matches }) => (
        <li key={block}>
          <StatusText meaning={typeof matches === "number" ? "good" : "danger"}>Private key: {sayMatch(matches)}</StatusText>
        </li>
      ))}
    </ul>
  );
}

function sayMatch(matches: number | null | undefined): string {
  if (matches === undefined) return "cannot be read";
  return matches === null ? "matches none of the certificates here" : `matches certificate ${matches}`;
}

/** Without its key, or with an error that is not about one block, no certificate of the text is called good. */
function standingOf({ block }: CertificateFacts, { problems }: Inspection): Meaning | null {
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.some((problem) => problem.block !== undefined && problem.block === block)) return "danger";
  if (problems.some((problem) => problem.block !== undefined && problem.block === block)) return "notice";
  return errors.some((problem) => problem.block === undefined) ? "unknown" : null;
}

function summarise({ certificates, keys, problems }: Inspection): string {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const parts = [
    certificates.length > 0 ? count(certificates.length, "certificate") : "",
    ...keys.slice(0, 1).map(({ matches }) => `private key ${sayMatch(matches)}`),
    errors > 0 ? count(errors, "problem") : "",
    problems.length > errors ? count(problems.length - errors, "warning") : "",
  ].filter((part) => part !== "");
  return parts.length > 0 ? `Not saved yet: ${parts.join(", ")}.` : "Nothing to read here yet.";
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
