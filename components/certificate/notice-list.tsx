"use client";

import { useId } from "react";
import { useMoment } from "#components/ui/clock.tsx";
import { type Meaning, MeaningIcon, meaningText } from "#components/ui/meaning.tsx";
import { Time } from "#components/ui/time.tsx";
import type { CertificateRow } from "#lib/console/certificates-view.ts";
import { kindNames } from "#lib/site/certificate-kind.ts";

const mostShown = 5;

/**
 * What the sensor gave notice of and is still so: it goes when the certificate is replaced, and by no click, since what one
 * person has put away another one would not see.
 */
export function NoticeList({ rows }: { rows: readonly CertificateRow[] }) {
  const id = useId();
  const noticed = rows.filter(({ notice }) => notice !== null);
  if (noticed.length === 0) return null;
  const rest = noticed.slice(mostShown);
  return (
    <section aria-labelledby={id} className="card grid gap-2 px-4 py-4 sm:px-6">
      <h2 id={id} className="text-section font-semibold">
        {noticed.length === 1 ? "1 certificate needs to be renewed" : `${noticed.length} certificates need to be renewed`}
      </h2>
      <Notices rows={noticed.slice(0, mostShown)} />
      {rest.length > 0 && (
        <details>
          <summary className="w-fit cursor-pointer rounded-xs text-quiet">{rest.length} more</summary>
          <div className="pt-2">
            <Notices rows={rest} />
          </div>
        </details>
      )}
    </section>
  );
}

function Notices({ rows }: { rows: readonly CertificateRow[] }) {
  return (
    <ul className="grid gap-2">
      {rows.map((row) => (
        <Notice key={`${row.kind} ${row.fingerprint}`} row={row} />
      ))}
    </ul>
  );
}

function Notice({ row }: { row: CertificateRow }) {
  const isOver = useMoment((nowMs) => Date.parse(row.notAfter) < nowMs);
  const meaning = meaningOf(row);
  return (
    <li className="flex min-w-0 items-start gap-2">
      <MeaningIcon meaning={meaning} className={`mt-0.5 size-4 shrink-0 ${meaningText[meaning]}`} />
      <span className="min-w-0 wrap-anywhere">
        <span className="font-medium">{row.name}</span> ({inSentence(kindNames[row.kind])}) {isOver ? "ran out" : "runs out"}{" "}
        <Time value={row.notAfter} />. {!isOver && "After that: "}
        {row.effect} <span className="text-quiet">{nextStep(row)}</span>
      </span>
    </li>
  );
}

function meaningOf({ notice }: CertificateRow): Meaning {
  return (notice?.days ?? 60) <= 7 ? "danger" : "notice";
}

function inSentence(kindName: string): string {
  return kindName.charAt(0).toLowerCase() + kindName.slice(1);
}

function nextStep({ kind, isFixed }: CertificateRow): string {
  if (isFixed) return "Ask an administrator to turn on the feature site-config-mtls, then paste the renewed one.";
  if (kind === "client") return "Ask its owner to renew it.";
  return "Paste the renewed one in Site Details.";
}
