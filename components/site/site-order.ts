import type { SiteRow } from "#lib/console/site-view.ts";

/** What the list can be ordered by. */
export type SiteColumn = "site" | "tls" | "mtls" | "expires" | "serving";

/** Which sites the list shows, and in which order; it lives in the URL. */
export type SiteQuery = { search: string; column: SiteColumn; isDescending: boolean };

/** The query of a URL; what it does not know is left out. */
export function readSiteQuery(parameters: URLSearchParams): SiteQuery {
  const [name = "", direction] = (parameters.get("sort") ?? "").split("-");
  const column = Object.hasOwn(comparisons, name) ? (name as SiteColumn) : "site";
  return { search: parameters.get("search") ?? "", column, isDescending: direction === "descending" };
}

/** The URL's part for a query; what is as at first is left out. */
export function writeSiteQuery({ search, column, isDescending }: SiteQuery): string {
  const parameters = new URLSearchParams();
  if (search !== "") parameters.set("search", search);
  if (column !== "site" || isDescending) parameters.set("sort", `${column}${isDescending ? "-descending" : ""}`);
  return parameters.toString();
}

/** The rows that a query asks for, in its order; equal ones by host name. */
export function selectSites(rows: readonly SiteRow[], { search, column, isDescending }: SiteQuery): SiteRow[] {
  const needle = search.trim().toLowerCase();
  const direction = isDescending ? -1 : 1;
  return rows.filter((row) => shownName(row).includes(needle)).sort((a, b) => direction * comparisons[column](a, b) || compareNames(a, b));
}

/** What the list calls a site. */
export function shownName({ id, hostName, isWildcard }: SiteRow): string {
  return `${hostName || id}${isWildcard ? ` *.${hostName}` : ""}`;
}

const comparisons: Record<SiteColumn, (a: SiteRow, b: SiteRow) => number> = {
  site: compareNames,
  tls: (a, b) => Number(b.isSslEnabled) - Number(a.isSslEnabled),
  mtls: (a, b) => directions(b) - directions(a),
  expires: (a, b) => expiry(a) - expiry(b),
  serving: (a, b) => urgency[a.serving.state] - urgency[b.serving.state],
};

const urgency = { "not-serving": 0, waiting: 1, serving: 2 };

function compareNames(a: SiteRow, b: SiteRow): number {
  return (a.hostName || a.id).localeCompare(b.hostName || b.id, "en");
}

function directions(row: SiteRow): number {
  return 2 * Number(row.isDownstreamMtls) + Number(row.isUpstreamMtls);
}

// A site without certificates has nothing that runs out: it comes after all that have.
function expiry({ firstExpiry }: SiteRow): number {
  return firstExpiry ? Date.parse(firstExpiry.notAfter) : Number.MAX_SAFE_INTEGER;
}
