import { expect, test } from "vitest";
import { createAuthority, createClient } from "#e2e/pki/authority.ts";
import type { Caller } from "#lib/site/caller.ts";
import { batchOf, ledgerFixture, noon, shown } from "#lib/store/ledger-fixture.ts";
import { accepted } from "#lib/store/store-fixture.ts";

const day = 86_400_000;
const authority = await createAuthority();
const span = { from: new Date(noon - 30 * day), to: new Date(noon + 365 * day), limit: 100 };

async function seenFixture() {
  const fixture = await ledgerFixture();
  async function see(caller: Caller, siteId: string | null, daysLeft: number, commonName: string) {
    const { fingerprint, x509 } = await createClient(authority, { commonName, notAfter: new Date(noon + daysLeft * day) });
    const der = Buffer.from(x509.rawData).toString("base64");
    await fixture.writer.record(
      batchOf([shown(fingerprint, { siteId, caller })], { certificates: [{ fingerprint, siteId, caller, at: noon, der }] }),
    );
  }
  const names = async (tenantId: string, isAdmitted = false) =>
    (await fixture.ledger.clients(tenantId, { ...span, isAdmitted })).map(({ commonName }) => commonName);
  return { ...fixture, see, names };
}

test("clients' certificates come first to run out first, those of strangers never, those refused where they are asked for", async () => {
  const { siteId, tenantId, see, names } = await seenFixture();
  await see("verified", siteId, 200, "late");
  await see("verified", siteId, 3, "soon");
  await see("known", siteId, -2, "over");
  await see("stranger", siteId, 1, "nobody");
  expect(await names(tenantId)).toEqual(["over", "soon", "late"]);
  expect(await names(tenantId, true)).toEqual(["soon", "late"]);
});

test("another tenant is shown none of them, and a deleted site shows none any more", async () => {
  const { store, siteId, tenantId, now, see, names } = await seenFixture();
  const authorship = { author: "ana", address: null, now };
  const other = accepted(await store.tenants.add("Other", authorship));
  await see("verified", siteId, 3, "soon");
  await see("verified", null, 3, "of no site");
  expect(await names(other.id)).toEqual([]);
  expect(await names(tenantId)).toEqual(["soon"]);
  accepted(await store.sites.remove({ tenantId, siteId, basedOn: 1, ...authorship }));
  expect(await names(tenantId)).toEqual([]);
});
