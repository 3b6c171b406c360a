import { expect, test } from "vitest";
import { loadAuditPage } from "#lib/console/audit-entries.ts";
import { readAuditQuery, writeAuditQuery } from "#lib/console/audit-query.ts";
import { consoleFixture, draftOf } from "#lib/console/console-fixture.ts";
import { exportAudit } from "#lib/console/export-audit.ts";
import { saveSite } from "#lib/console/save-site.ts";
import { accepted } from "#lib/store/store-fixture.ts";

const query = (text: string) => readAuditQuery(new URLSearchParams(text));

test("the export holds every row that the filters admit, with the hash that proves it", async () => {
  const { context, store } = await consoleFixture();
  accepted(await saveSite({ siteId: null, basedOn: null, draft: draftOf() }, { ...context, author: "=cmd|' /C calc'!A0" }));
  for (let count = 0; count < 520; count += 1)
    await store.features.set(context.tenant.id, "site-config-mtls", true, { author: "ana", address: null, now: context.now });
  const answer = exportAudit(new Request("http://console/api/audit-log"), context);
  expect(answer.headers.get("content-disposition")).toMatch(/^attachment; filename="tessera-audit-log-\d{4}-\d\d-\d\d\.csv"$/);
  const lines = (await answer.text()).trimEnd().split("\r\n");
  const head = await store.audit.head();
  expect(lines).toHaveLength(1 + (head?.id ?? 0));
  expect(lines[1]).toContain(`"${head?.hash}"`);
  const sites = await exportAudit(new Request("http://console/api/audit-log?group=sites&before=2"), context).text();
  expect(sites.trimEnd().split("\r\n")).toEqual([
    expect.any(String),
    expect.stringContaining(`"'=cmd|' /C calc'!A0","192.0.2.1","site.create"`),
  ]);
});

test("the page tells what happened in words, and links to a site that still has a page", async () => {
  const { context } = await consoleFixture();
  const { siteId } = accepted(await saveSite({ siteId: null, basedOn: null, draft: draftOf() }, context));
  const { entries, olderBefore } = await loadAuditPage(context, query("group=sites"));
  expect(entries).toMatchObject([
    {
      action: "Site added",
      actor: "ana",
      address: "192.0.2.1",
      subject: "shop.test",
      href: `/settings/sites/${siteId}/history`,
      details: ["revision 1", "Host Name shop.test", "Origin 127.0.0.1"],
    },
  ]);
  expect(olderBefore).toBeNull();
  expect((await loadAuditPage(context, query("search=Feature+switched"))).entries).toMatchObject([
    { subject: "site-config-mtls", details: ["on"] },
  ]);
});

test("days of a filter are whole days in UTC, both included", async () => {
  const { context } = await consoleFixture();
  const now = new Date("2026-11-24T23:59:59.999Z");
  accepted(await saveSite({ siteId: null, basedOn: null, draft: draftOf() }, { ...context, now }));
  const count = async (text: string) => (await loadAuditPage(context, query(`${text}&group=sites`))).entries.length;
  expect(await count("from=2026-11-24&until=2026-11-24")).toBe(1);
  expect(await count("until=2026-11-23")).toBe(0);
  expect(await count("from=2026-11-25")).toBe(0);
});

test("a URL's query is read back as it was written, and what makes no sense is left out", () => {
  const text = "search=a+b&group=keys&from=2026-02-28&until=2026-03-01&before=7";
  expect(writeAuditQuery(query(text))).toBe(text);
  expect(writeAuditQuery(query("group=toString&from=2026-02-30&until=x&before=-1"))).toBe("");
});
