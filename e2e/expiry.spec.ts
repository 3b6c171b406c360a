import { call } from "#e2e/client.ts";
import { expect, test } from "#e2e/fixtures.ts";
import type { SitePage } from "#e2e/pages/site-page.ts";
import { createAuthority, createClient, createServer } from "#e2e/pki/authority.ts";
import { type ConsoleStore, openConsoleStore } from "#lib/store/store.ts";

const day = 86_400_000;
const past = { notBefore: new Date(Date.now() - 30 * day), notAfter: new Date(Date.now() - day) };

test("a site whose certificate has expired is still served after a restart, with a warning, and can still be saved", async ({
  product,
  sitePage,
  openOrigin,
  webAuthority,
}) => {
  const hostName = "expired.shop.test";
  const origin = await openOrigin({ isPlain: true });
  const partnerAuthority = await createAuthority({ commonName: "Partner Root CA" });
  const own = await createServer(webAuthority, [hostName]);
  await makeSite(sitePage, { hostName, port: origin.port, pem: own.bundle, partners: partnerAuthority.certificate });

  const expired = await createServer(webAuthority, [hostName], { ...past, keys: own.keys });
  await product.restart(() => letCertificateExpire(product.dataDir, hostName, expired.certificate));
  const port = product.ports.SENSOR_HTTPS_PORT;
  const asked = { port, hostName, ca: webAuthority.certificate, isSensorVerified: false };
  expect((await call({ ...asked, client: await createClient(partnerAuthority) })).status).toBe(200);
  expect((await call(asked)).status).toBe(403);

  await sitePage.open(hostName);
  await expect(sitePage.status).toContainText("Serving revision 2");
  await expect(sitePage.page.getByText(/expired/i).first()).toBeVisible();
  await sitePage.fillNumber("Proxy Read Timeout", 60);
  await sitePage.saveAndServe(3);

  await sitePage.applySslCredentials((await createServer(webAuthority, [hostName], past)).bundle);
  await sitePage.save();
  await expect(
    sitePage.page.getByRole("alert").filter({ hasText: /expired/i }),
    "pasting another expired one is another matter",
  ).toBeVisible();
});

async function makeSite(
  sitePage: SitePage,
  { hostName, port, pem, partners }: { hostName: string; port: number; pem: string; partners: string },
) {
  await sitePage.openNew();
  await sitePage.fill("Host Name", hostName);
  await sitePage.checkbox("SSL/TLS Enabled").check();
  await sitePage.applySslCredentials(pem);
  await sitePage.checkbox("SSL/TLS Terminate Only").check();
  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", partners);
  await sitePage.fill("Origin", "127.0.0.1");
  await sitePage.fillNumber("HTTP Backend Port", port);
  await sitePage.saveAndServe(1);
}

/** Stores, as a save of long ago would have, the same key's certificate that has run out since. */
async function letCertificateExpire(dataDir: string, hostName: string, certificates: string) {
  const store = openConsoleStore(dataDir);
  const { tenantId, id, revision, site } = await findSite(store, hostName);
  const content = { ...site, sslCredentials: { certificates, publicKey: site.sslCredentials?.publicKey ?? "" } };
  const saved = await store.sites.save({
    tenantId,
    siteId: id,
    basedOn: revision,
    site: content,
    keys: [],
    author: "test",
    address: null,
    now: new Date(past.notBefore),
  });
  expect(saved.ok).toBe(true);
  store.close();
}

async function findSite(store: ConsoleStore, hostName: string) {
  for (const tenant of await store.tenants.list()) {
    for (const stored of await store.sites.list(tenant.id)) {
      if (stored.site.ok && stored.site.value.hostName === hostName) return { ...stored, site: stored.site.value };
    }
  }
  throw new Error(`${hostName} is not stored`);
}
