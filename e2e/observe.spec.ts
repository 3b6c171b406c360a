import { call } from "#e2e/client.ts";
import { expect, test } from "#e2e/fixtures.ts";
import { createAuthority, createClient } from "#e2e/pki/authority.ts";
import { expectSound } from "#e2e/sound.ts";
import { type ConsoleStore, openConsoleStore } from "#lib/store/store.ts";

const flag = "site-config-mtls";
const day = 86_400_000;
let store: ConsoleStore;

test.beforeEach(({ product }) => {
  store = openConsoleStore(product.dataDir);
});
test.afterEach(async ({ product }) => {
  store.close();
  await product.tessera("feature", "set", "Default", flag, "on");
});

test("clients are observed: with and without a certificate they get through, both are known, and one step enforces", async ({
  product,
  sitePage,
  createSite,
}) => {
  const { hostName, ca, origin } = await createSite();
  const to = { port: product.ports.SENSOR_HTTPS_PORT, hostName, ca };
  const partnerAuthority = await createAuthority({ commonName: "Partner Root CA" });
  const partner = await createClient(partnerAuthority);
  const stranger = await createClient(await createAuthority({ commonName: "Some Other CA" }));
  const observe = sitePage.checkbox("Observe clients");
  const enforce = sitePage.checkbox("Downstream mTLS");
  const credentials = sitePage.field("Downstream mTLS Credentials");
  const names = await sitePage.page.getByRole("region", { name: "SSL/TLS Configuration" }).getByRole("checkbox").all();
  expect(await Promise.all(names.map((box) => box.getAttribute("name")))).toEqual([
    "isSslEnabled",
    "isTerminateOnly",
    "isHttpRedirected",
    "observedUntil",
    "isDownstreamMtls",
    "isUpstreamMtls",
  ]);

  await expect(observe).toHaveAccessibleDescription(/refuses nobody.*may ask their user.*Ends by itself after 30 days/);
  await observe.focus();
  await sitePage.page.keyboard.press("Space");
  const end = new Date(Date.now() + 30 * day).toISOString().slice(0, 10);
  await expect(observe).toHaveAccessibleDescription(new RegExp(`Ends by itself on ${end}`));
  await expect(enforce).toBeDisabled();
  await expect(enforce).toHaveAccessibleDescription(/Observe clients/);
  await expect(credentials).toHaveValue("");
  await expect(sitePage.page.getByText(`1 change: Observe clients on until ${end}`)).toBeVisible();
  await sitePage.saveAndServe(2);
  await expectSound(sitePage.page);

  expect((await call(to)).status).toBe(200);
  expect((await call({ ...to, client: partner })).status).toBe(200);
  expect(origin.arrivals.map(({ clientCertificate }) => clientCertificate)).toEqual([null, null]);
  expect(JSON.stringify(origin.arrivals)).not.toContain("partner-17");
  const known = async (fingerprint: string | null) => {
    const { tenantId, siteId } = await placeOf(hostName);
    const rows = await store.ledger.events(tenantId, { siteId, kind: "handshake", fingerprint, isRefused: false, limit: 10 });
    return rows.map(({ verdict }) => verdict);
  };
  await expect.poll(() => known(partner.fingerprint)).toEqual(["CLIENT_CERT_NOT_JUDGED"]);
  await expect.poll(() => known(null)).toEqual(["CLIENT_CERT_MISSING"]);

  await credentials.fill(partnerAuthority.certificate);
  await sitePage.saveAndServe(3);
  for (const client of [partner, stranger]) expect((await call({ ...to, client })).status).toBe(200);
  await expect.poll(() => known(partner.fingerprint)).toEqual(["CLIENT_CERT_VERIFIED", "CLIENT_CERT_NOT_JUDGED"]);
  await expect.poll(() => known(stranger.fingerprint)).toEqual(["CLIENT_CERT_UNTRUSTED"]);
  await sitePage.page.goto("/settings/sites");
  const row = sitePage.page.getByRole("row").filter({ has: sitePage.page.getByRole("link", { name: `Edit Site ${hostName}` }) });
  await expect(row).toContainText(`Observing until ${end}`);

  await sitePage.open(hostName);
  await observe.uncheck();
  await enforce.check();
  await expect(credentials, "the step keeps the CAs").toHaveValue(partnerAuthority.certificate);
  await expect(observe).toBeDisabled();
  await expect(observe).toHaveAccessibleDescription(/Downstream mTLS/);
  await expect(sitePage.page.getByText("2 changes: Observe clients off · Downstream mTLS on")).toBeVisible();
  await sitePage.saveAndServe(4);
  expect((await call({ ...to, client: stranger })).status).toBe(403);
  expect((await call({ ...to, client: partner })).status).toBe(200);
});

test("an observation that is over says so with the next step; without the feature one line says that it goes on", async ({
  product,
  sitePage,
  createSite,
}) => {
  const { hostName, ca } = await createSite();
  const to = { port: product.ports.SENSOR_HTTPS_PORT, hostName, ca };
  const stranger = await createClient(await createAuthority({ commonName: "Some Other CA" }));
  await sitePage.checkbox("Observe clients").check();
  await sitePage.saveAndServe(2);
  await product.tessera("feature", "set", "Default", flag, "off");
  await sitePage.open(hostName);
  await expect(sitePage.checkbox("Observe clients")).toHaveCount(0);
  await expect(sitePage.page.getByText(/Clients are observed until \d{4}-\d\d-\d\d and nobody is refused/)).toBeVisible();
  await expect(sitePage.checkbox("SSL/TLS Enabled")).toBeDisabled();
  await sitePage.fillNumber("Proxy Read Timeout", 60);
  await sitePage.saveAndServe(3);
  await product.tessera("feature", "set", "Default", flag, "on");

  const over = new Date(Date.now() - day).toISOString();
  await storeObservation(hostName, over);
  await sitePage.open(hostName);
  await expect(sitePage.status).toContainText("Serving revision 4");
  await expect(sitePage.checkbox("Observe clients")).not.toBeChecked();
  await expect(sitePage.page.getByText(`Observation ended on ${over.slice(0, 10)}`)).toContainText(/Next, tick Downstream mTLS/);
  await expect(sitePage.checkbox("Downstream mTLS")).toBeEnabled();
  await expect(sitePage.page.getByText(/changes?:/), "time is no change of anybody").toHaveCount(0);
  await expectSound(sitePage.page);
  await call({ ...to, client: stranger });
  const { tenantId, siteId } = await placeOf(hostName);
  const verdicts = async () =>
    (await store.ledger.events(tenantId, { siteId, kind: "handshake", limit: 10 })).map(({ verdict }) => verdict);
  await expect.poll(verdicts).toEqual(["CLIENT_CERT_NOT_ASKED"]);

  await sitePage.checkbox("Observe clients").check();
  await sitePage.saveAndServe(5);
  await call({ ...to, client: stranger });
  await expect.poll(verdicts).toEqual(["CLIENT_CERT_NOT_JUDGED", "CLIENT_CERT_NOT_ASKED"]);
});

async function placeOf(hostName: string): Promise<{ tenantId: string; siteId: string }> {
  const owner = await store.sites.byName(hostName);
  if (!owner) throw new Error(`${hostName} is not stored`);
  return owner;
}

/** Stores, as a save of long ago would have, when the observation ends. */
async function storeObservation(hostName: string, observedUntil: string): Promise<void> {
  const { tenantId, siteId } = await placeOf(hostName);
  const stored = await store.sites.get(tenantId, siteId);
  if (!stored?.site.ok) throw new Error(`${hostName} cannot be read`);
  const site = { ...stored.site.value, observedUntil };
  const change = { tenantId, siteId, basedOn: stored.revision, author: "test", address: null, now: new Date() };
  expect((await store.sites.save({ ...change, site, keys: [] })).ok).toBe(true);
}
