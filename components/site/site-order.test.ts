import { expect, test } from "vitest";
import { readSiteQuery, type SiteColumn, selectSites, writeSiteQuery } from "#components/site/site-order.ts";
import type { SiteRow } from "#lib/console/site-view.ts";

function row(hostName: string, rest: Partial<SiteRow> = {}): SiteRow {
  const savedAt = "2026-01-01T00:00:00.000Z";
  return {
    id: hostName,
    hostName,
    isWildcard: false,
    isSslEnabled: false,
    isDownstreamMtls: false,
    observedUntil: null,
    caCount: 0,
    isUpstreamMtls: false,
    firstExpiry: null,
    areCertificatesKnown: true,
    revision: 1,
    savedAt,
    serving: {
      siteId: hostName,
      revision: 1,
      state: "serving",
      servingRevision: 1,
      problems: [],
      savedAt,
      servedAt: savedAt,
      lastSeenAt: savedAt,
      isSensorAlive: true,
    },
    isUnreadable: false,
    ...rest,
  };
}

const serving = row("x").serving;
const rows = [
  row("b.test", { firstExpiry: { label: "Site certificate", notAfter: "2027-01-01T00:00:00.000Z" }, isUpstreamMtls: true }),
  row("c.test", { isWildcard: true, serving: { ...serving, state: "not-serving" }, isDownstreamMtls: true }),
  row("a.test", {
    firstExpiry: { label: "Client CA", notAfter: "2026-02-01T00:00:00.000Z" },
    serving: { ...serving, state: "waiting" },
  }),
];

test.each<[SiteColumn, boolean, string[]]>([
  ["site", false, ["a.test", "b.test", "c.test"]],
  ["site", true, ["c.test", "b.test", "a.test"]],
  ["expires", false, ["a.test", "b.test", "c.test"]],
  ["serving", false, ["c.test", "a.test", "b.test"]],
  ["mtls", false, ["c.test", "b.test", "a.test"]],
  ["mtls", true, ["a.test", "b.test", "c.test"]],
])("orders by %s, descending %s", (column, isDescending, names) => {
  expect(selectSites(rows, { search: "", column, isDescending }).map(({ hostName }) => hostName)).toEqual(names);
});

test.each([
  ["B.TE", ["b.test"]],
  ["*.c", ["c.test"]],
  [" ", ["a.test", "b.test", "c.test"]],
  ["nothing", []],
])("the search “%s” finds host names and wildcards", (search, names) => {
  expect(selectSites(rows, { search, column: "site", isDescending: false }).map(({ hostName }) => hostName)).toEqual(names);
});

test("a query comes back from the URL as it went in", () => {
  const query = { search: "shop & co", column: "expires", isDescending: true } as const;
  expect(readSiteQuery(new URLSearchParams(writeSiteQuery(query)))).toEqual(query);
});

test("the first view has a bare URL, and an unknown order means the first view", () => {
  expect(writeSiteQuery(readSiteQuery(new URLSearchParams("sort=toString")))).toBe("");
});
