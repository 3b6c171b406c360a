"use client";

import { useId } from "react";
import { SitesCell } from "#components/certificate/certificate-cells.tsx";
import { type CertificateQuery, type ExpiryDay, type Span, spans } from "#components/certificate/certificate-order.ts";
import { ExpiryBadge } from "#components/site/expiry-badge.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import type { CertificateRow } from "#lib/console/certificates-view.ts";
import { kindNames } from "#lib/site/certificate-kind.ts";

type CertificateDaysProps = {
  over: readonly CertificateRow[];
  days: readonly ExpiryDay[];
  query: CertificateQuery;
  onQuery(query: CertificateQuery): void;
};

/** Which sites break on which day, and by what. */
export function CertificateDays({ over, days, query, onQuery }: CertificateDaysProps) {
  return (
    <div className="grid gap-4">
      <Field label="Which sites break" help="Days are counted in UTC, as certificates are.">
        <Select value={query.span} onChange={(event) => onQuery({ ...query, span: Number(event.currentTarget.value) as Span })}>
          {spans.map((span) => (
            <option key={span} value={span}>
              In the next {span} days
            </option>
          ))}
        </Select>
      </Field>
      {over.length > 0 && <Day title="Expired already" rows={over} />}
      {days.map(({ day, rows }) => (
        <Day key={day} title={`Breaks on ${sayDay(day)}`} rows={rows} />
      ))}
      {over.length + days.length === 0 && (
        <EmptyState title={`Nothing expires in the next ${query.span} days`}>
          <p>Look further ahead, or see all certificates under List.</p>
        </EmptyState>
      )}
    </div>
  );
}

function Day({ title, rows }: { title: string; rows: readonly CertificateRow[] }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="card grid gap-3 px-4 py-4 sm:px-6">
      <h2 id={id} className="text-section font-semibold">
        {title}
      </h2>
      <ul className="grid gap-3">
        {rows.map((row) => (
          <li key={`${row.kind} ${row.fingerprint}`} className="grid min-w-0 gap-1 border-l-2 border-line pl-3">
            <p className="wrap-anywhere">{row.effect}</p>
            <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-small text-quiet">
              <span className="wrap-anywhere">
                {kindNames[row.kind]} · {row.name}
              </span>
              <ExpiryBadge notAfter={row.notAfter} />
            </p>
            <SitesCell sites={row.sites} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function sayDay(day: string): string {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  });
}
