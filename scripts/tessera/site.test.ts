import { expect, test } from "vitest";
import { createAuthority, createServer } from "#e2e/pki/authority.ts";
import { consoleFixture, draftOf } from "#lib/console/console-fixture.ts";
import { saveSite } from "#lib/console/save-site.ts";
import { readEnvironment } from "#lib/env.ts";
import { accepted, heartbeatAt } from "#lib/store/store-fixture.ts";
import { tessera } from "#scripts/tessera.ts";

/** A site that got Downstream mTLS with its second revision, and the command line on its store. */
async function siteFixture() {
  const fixture = await consoleFixture();
  const { context, store, dataDir } = fixture;
  const authority = await createAuthority();
  const sslCredentials = { change: "replace", text: (await createServer(authority, ["shop.test"])).bundle } as const;
  const first = accepted(await saveSite({ siteId: null, basedOn: null, draft: draftOf({ isSslEnabled: true, sslCredentials }) }, context));
  const mtls = { isDownstreamMtls: true, downstreamMtlsCredentials: authority.certificate };
  accepted(await saveSite({ siteId: first.siteId, basedOn: 1, draft: { ...first.draft, ...mtls } }, context));
  const authorship = { author: "root (command line)", address: null, now: new Date() };
  const command = (line: string) => tessera(line.split(" "), { store, environment: readEnvironment({ DATA_DIR: dataDir }), authorship });
  return { ...fixture, siteId: first.siteId ?? "", command };
}

test("site history shows each revision's number, author and change", async () => {
  const { command } = await siteFixture();
  const { exitCode, text } = await command("site history SHOP.test");
  expect(exitCode).toBe(0);
  const lines = text.split("\n");
  expect(lines[0]).toMatch(/^2 {2}\d{4}-\d\d-\d\dT\S+ {2}ana {2}Downstream mTLS on · 1 CA added$/);
  expect(lines[1]).toMatch(/^1 .* Host Name shop\.test · SSL\/TLS Enabled on · new SSL Credentials/);
  expect(text).not.toContain("BEGIN");
});

test("site restore brings a revision back, says what the sensor makes of it, and is audited as the command line's", async () => {
  const { command, context, store, sensor, siteId } = await siteFixture();
  const at = new Date();
  await sensor.acknowledgements.record({ siteId, revision: 3, state: "serving", problems: [], fallbackRevision: null, at });
  await sensor.heartbeat(heartbeatAt(at, { appliedChangeNumber: 3 }));
  expect(await command("site restore shop.test 1")).toEqual({
    exitCode: 0,
    text: "shop.test: revision 1 is restored as revision 3. The sensor serves revision 3.",
  });
  const [row] = await store.audit.list({ tenantId: context.tenant.id, hasGlobal: false, limit: 1 });
  expect(row).toMatchObject({ action: "site.restore", actor: "root (command line)", address: null, detail: { restoredFrom: 1 } });
});

test("site restore obeys the feature's rules, and names the flag", async () => {
  const { command, context, store } = await siteFixture();
  await store.features.set(context.tenant.id, "site-config-mtls", false, { author: "ana", address: null, now: new Date() });
  const { exitCode, text } = await command("site restore shop.test 1");
  expect(exitCode).toBe(1);
  expect(text).toMatch(/^Nothing was restored\.\n {2}Downstream mTLS: .*site-config-mtls/);
});

test.each([
  [1, "site restore other.test 1", /no site other\.test/],
  [1, "site restore shop.test 7", /no revision 7/],
  [1, "site restore shop.test 2", /nothing to restore/],
  [1, "site history other.test", /no site other\.test/],
  [2, "site restore shop.test", /Usage/],
  [2, "site restore shop.test zero", /Usage/],
  [2, "site history", /Usage/],
])("answers with exit code %i to: %s", async (exitCode, line, text) => {
  const { command } = await siteFixture();
  expect(await command(line)).toEqual({ exitCode, text: expect.stringMatching(text) });
});
