import { expect, test } from "vitest";
import { type DatedClient, withoutRenewed } from "#lib/site/renewed-clients.ts";

const old: DatedClient = {
  siteId: "one",
  subject: "CN=p",
  issuer: "CN=CA",
  names: "",
  extendedKeyUsage: null,
  notAfter: new Date("2026-12-01"),
  lastAt: new Date("2026-11-01"),
};
const renewal = { ...old, notAfter: new Date("2027-12-01"), lastAt: new Date("2026-11-20") };

test("a certificate whose owner has shown a longer-lived one since is left out", () => {
  expect(withoutRenewed([old, renewal])).toEqual([renewal]);
});

test.each<[string, Partial<DatedClient>]>([
  ["was shown again after it", { lastAt: new Date("2026-10-30") }],
  ["is of another issuer", { issuer: "CN=Other" }],
  ["has another name", { subject: "CN=q" }],
  ["is for another DNS name", { names: "DNS:q.test" }],
  ["is for another use", { extendedKeyUsage: "1.3.6.1.5.5.7.3.1" }],
  ["was seen at another site", { siteId: "two" }],
  ["runs out before it", { notAfter: new Date("2026-11-25") }],
])("both stay where the other one %s", (_, changes) => {
  const other = { ...renewal, ...changes };
  expect(withoutRenewed([old, other])).toHaveLength(2);
});
