/** What the list of sites can be ordered by. */
export type SiteColumn = (typeof siteColumns)[number];

export const siteColumns = ["site", "tls", "mtls", "expires", "serving"] as const;

/** Which sites the list shows, in which order, and which page of them; it lives in the URL. Runs in a browser. */
export type SiteQuery = { search: string; column: SiteColumn; isDescending: boolean; page: number };

/** The query of a URL; what it does not know is left out. */
export function readSiteQuery(parameters: URLSearchParams): SiteQuery {
  const [name = "", direction] = (parameters.get("sort") ?? "").split("-");
  const page = Number(parameters.get("page"));
  return {
    search: (parameters.get("search") ?? "").slice(0, 253),
    column: siteColumns.find((column) => column === name) ?? "site",
    isDescending: direction === "descending",
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

/** The URL's part for a query; what is as at first is left out. */
export function writeSiteQuery({ search, column, isDescending, page }: SiteQuery): string {
  const parameters = new URLSearchParams();
  if (search !== "") parameters.set("search", search);
  if (column !== "site" || isDescending) parameters.set("sort", `${column}${isDescending ? "-descending" : ""}`);
  if (page > 1) parameters.set("page", String(page));
  return parameters.toString();
}
