import type { CertificateRow } from "#lib/console/certificates-view.ts";
import { type CertificateKind, kindNames } from "#lib/site/certificate-kind.ts";
import { dayMs } from "#lib/site/expiry-threshold.ts";

/** What the table can be ordered by. */
export type CertificateColumn = "expires" | "certificate" | "kind" | "sites";

/** How far ahead the view by date looks. */
export const spans = [7, 30, 60] as const;
export type Span = (typeof spans)[number];

/** What the page shows; it lives in the URL. `kind` null: everything that the sites are configured with. */
export type CertificateQuery = {
  view: "list" | "dates";
  search: string;
  kind: CertificateKind | null;
  column: CertificateColumn;
  isDescending: boolean;
  span: Span;
};

/** The query of a URL; what makes no sense is left out. */
export function readCertificateQuery(parameters: URLSearchParams): CertificateQuery {
  const [name = "", direction] = (parameters.get("sort") ?? "").split("-");
  const kind = parameters.get("kind") ?? "";
  return {
    view: parameters.get("view") === "dates" ? "dates" : "list",
    search: (parameters.get("search") ?? "").slice(0, 200),
    kind: Object.hasOwn(kindNames, kind) ? (kind as CertificateKind) : null,
    column: Object.hasOwn(comparisons, name) ? (name as CertificateColumn) : "expires",
    isDescending: direction === "descending",
    span: spans.find((days) => String(days) === parameters.get("days")) ?? 30,
  };
}

/** The URL's part for a query; what is as at first is left out. */
export function writeCertificateQuery({ view, search, kind, column, isDescending, span }: CertificateQuery): string {
  const parameters = new URLSearchParams();
  if (view === "dates") parameters.set("view", "dates");
  if (view === "dates" && span !== 30) parameters.set("days", String(span));
  if (search !== "") parameters.set("search", search);
  if (kind !== null) parameters.set("kind", kind);
  if (column !== "expires" || isDescending) parameters.set("sort", `${column}${isDescending ? "-descending" : ""}`);
  return parameters.toString();
}

/** The rows that a query asks for, in its order; equal ones by their end, then by name. */
export function selectCertificates(rows: readonly CertificateRow[], query: CertificateQuery): CertificateRow[] {
  const needle = query.search.trim().toLowerCase();
  const hex = needle.replace(/[\s:]/g, "");
  const direction = query.isDescending ? -1 : 1;
  const compare = comparisons[query.column];
  return rows
    .filter((row) => (query.kind === null ? row.kind !== "client" : row.kind === query.kind))
    .filter((row) => textOf(row).includes(needle) || (hex !== "" && row.fingerprint.startsWith(hex)))
    .sort((a, b) => direction * compare(a, b) || comparisons.expires(a, b) || comparisons.certificate(a, b));
}

/** What runs out on one day (UTC, `2026-11-24`). */
export type ExpiryDay = { day: string; rows: CertificateRow[] };

/** The rows that run out within a span from now, day by day; what has run out already stands before them under null. */
export function daysAhead(rows: readonly CertificateRow[], span: Span, nowMs: number): { over: CertificateRow[]; days: ExpiryDay[] } {
  const dated = rows.toSorted(comparisons.expires);
  const over = dated.filter(({ notAfter }) => Date.parse(notAfter) < nowMs);
  const ahead = dated.filter(({ notAfter }) => Date.parse(notAfter) >= nowMs && Date.parse(notAfter) <= nowMs + span * dayMs);
  return { over, days: [...Map.groupBy(ahead, ({ notAfter }) => notAfter.slice(0, 10))].map(([day, own]) => ({ day, rows: own })) };
}

const comparisons: Record<CertificateColumn, (a: CertificateRow, b: CertificateRow) => number> = {
  expires: (a, b) => a.notAfter.localeCompare(b.notAfter),
  certificate: (a, b) => a.name.localeCompare(b.name, "en"),
  kind: (a, b) => kindNames[a.kind].localeCompare(kindNames[b.kind], "en"),
  sites: (a, b) => b.sites.length - a.sites.length,
};

function textOf({ name, subject, issuer, sites }: CertificateRow): string {
  return [name, subject, issuer, ...sites.map(({ hostName }) => hostName)].join("\n").toLowerCase();
}
