import { expect, test } from "vitest";
import { readSiteQuery, writeSiteQuery } from "#lib/console/site-query.ts";

test("a query comes back from the URL as it went in", () => {
  const query = { search: "shop & co", column: "expires", isDescending: true, page: 3 } as const;
  expect(readSiteQuery(new URLSearchParams(writeSiteQuery(query)))).toEqual(query);
});

test.each(["sort=toString", "page=0", "page=-1", "page=1.5", "page=x", "sort=site", ""])(
  "“%s” means the first view, which has a bare URL",
  (text) => {
    expect(writeSiteQuery(readSiteQuery(new URLSearchParams(text)))).toBe("");
  },
);
