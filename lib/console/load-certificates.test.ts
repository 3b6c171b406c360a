import { rmSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { createAuthority, createClient, createServer } from "#e2e/pki/authority.ts";
import { consoleFixture, draftOf } from "#lib/console/console-fixture.ts";
import { loadCertificates } from "#lib/console/load-certificates.ts";
import { saveSite } from "#lib/console/save-site.ts";
import { batchOf, shown } from "#lib/store/ledger-fixture.ts";
import { openLedgerWriter } from "#lib/store/store.ts";
import { accepted } from "#lib/store/store-fixture.ts";

const day = 86_400_000;
const root = await createAuthority({ commonName: "Web CA", notAfter: new Date(Date.now() + 900 * day) });
const partners = await createAuthority({ commonName: "Partner CA 2016", notAfter: new Date(Date.now() + 6 * day) });

async function certificatesFixture() {
  const fixture = await consoleFixture();
  const { context } = fixture;
  async function add(hostName: string, at = context) {
    const text = (await createServer(root, [hostName])).bundle;
    const upstream = (await createClient(root, { commonName: "sensor" })).bundle;
    const draft = draftOf({
      hostName,
      isSslEnabled: true,
      sslCredentials: { change: "replace", text },
      isDownstreamMtls: true,
      downstreamMtlsCredentials: partners.certificate,
      isUpstreamMtls: true,
      upstreamMtlsCredentials: { change: "replace", text: upstream },
    });
    return accepted(await saveSite({ siteId: null, basedOn: null, draft }, at)).siteId ?? "";
  }
  return { ...fixture, add };
}

test("certificates come first to run out first, one row for all sites that use one, with what breaks", async () => {
  const { context, add, sensor } = await certificatesFixture();
  const [a, b] = [await add("a.test"), await add("b.test")];
  const given = [a, b].map((siteId) => ({
    siteId,
    use: "client-ca" as const,
    fingerprint: partners.fingerprint,
    days: 7,
    at: context.now,
    notAfter: context.now,
  }));
  await sensor.notices.write({ given, forgotten: [], withdrawn: [], messages: [] }, context.now);
  const { rows } = await loadCertificates(context);
  expect(rows[0]).toMatchObject({
    kind: "client-ca",
    name: "Partner CA 2016",
    fingerprint: partners.fingerprint,
    sites: [
      { id: a, hostName: "a.test" },
      { id: b, hostName: "b.test" },
    ],
    effect: "Clients of Partner CA 2016 are refused on a.test and b.test.",
    notice: { days: 7 },
    isFixed: false,
  });
  expect(rows.map(({ kind }) => kind).sort()).toEqual(["client-ca", "site", "site", "upstream", "upstream"]);
  expect(JSON.stringify(rows)).not.toContain("PRIVATE KEY");
});

test("another tenant sees none of it: no certificate, no client, no notice, no message", async () => {
  const { context, add, dataDir, store, sensor } = await certificatesFixture();
  const siteId = await add("a.test");
  const { fingerprint, x509 } = await createClient(partners);
  const der = Buffer.from(x509.rawData).toString("base64");
  const at = Date.now();
  const writer = openLedgerWriter(dataDir, { days: 30 });
  await writer.record(
    batchOf([shown(fingerprint, { siteId, at })], { certificates: [{ fingerprint, siteId, caller: "verified", at, der }] }),
  );
  writer.close();
  const messages = [{ id: "m", tenantId: context.tenant.id, body: "{}", places: [] }];
  await sensor.notices.write({ given: [], forgotten: [], withdrawn: [], messages }, context.now);
  const other = accepted(await store.tenants.add("Other", { author: "ana", address: null, now: context.now }));
  const theirs = await loadCertificates({ ...context, tenant: other });
  expect(theirs).toMatchObject({ rows: [], deliveries: [], webhook: null, unreadable: [] });
  const ours = await loadCertificates(context);
  expect(ours.rows.filter(({ kind }) => kind === "client")).toMatchObject([
    { name: "partner-17", effect: "partner-17 is refused on a.test." },
  ]);
  expect(ours.deliveries).toHaveLength(1);
});

test("without the feature what is enforced is shown all the same, as something nobody here can change", async () => {
  const { context, add } = await certificatesFixture();
  await add("a.test");
  const { rows } = await loadCertificates({ ...context, hasMtlsFeature: false });
  expect(rows.map(({ kind, isFixed }) => `${kind} ${isFixed}`).sort()).toEqual(["client-ca true", "site false", "upstream true"]);
});

test("a site that cannot be read is named, and while sensor.db cannot be used the certificates stand", async () => {
  const { context, add, dataDir } = await certificatesFixture();
  await add("a.test");
  const [stored] = await context.store.sites.list(context.tenant.id);
  const list = async () => (stored ? [stored, { ...stored, id: "damaged", site: { ok: false as const, problems: [] } }] : []);
  rmSync(path.join(dataDir, "sensor.db"));
  const { store } = context;
  const view = await loadCertificates({ ...context, store: { ...store, sites: { ...store.sites, list } } });
  expect(view.unreadable).toEqual([{ id: "damaged", hostName: "damaged" }]);
  expect(view.rows).toHaveLength(3);
});
