import { expect, test } from "vitest";
import { createAuthority, createClient } from "#e2e/pki/authority.ts";
import { explainRows } from "#lib/console/explain-rows.ts";
import { batchOf, entryOf, ledgerFixture, noon } from "#lib/store/ledger-fixture.ts";

test("lets others go on while it reads a page of certificates", async () => {
  const { writer, siteId, tenantId, store, ledger } = await ledgerFixture();
  const authority = await createAuthority();
  const clients = await Promise.all(Array.from({ length: 100 }, (_, at) => createClient(authority, { commonName: `partner-${at}` })));
  const untrusted = { siteId, verdict: "CLIENT_CERT_UNTRUSTED", caller: "stranger" } as const;
  await writer.record(
    batchOf(
      clients.map(({ fingerprint, x509 }) => entryOf({ ...untrusted, certificate: { fingerprint, subject: x509.subject } })),
      {
        certificates: clients.map(({ fingerprint, x509 }) => {
          return { fingerprint, siteId, caller: "stranger", at: noon, der: Buffer.from(x509.rawData).toString("base64") };
        }),
      },
    ),
  );
  const rows = await ledger.events(tenantId, { siteId, limit: 100 });
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  const explained = await explainRows({ store, now: new Date(noon) }, tenantId, { siteId, site: null }, rows);
  clearInterval(timer);
  expect(explained.map(([row]) => row)).toEqual(rows);
  expect(turns).toBeGreaterThan(2);
});
