import type { Locator } from "@playwright/test";
import { call } from "#e2e/client.ts";
import { expect, test } from "#e2e/fixtures.ts";
import type { SitePage } from "#e2e/pages/site-page.ts";
import { clientAuth, createAuthority, createClient, createServer, type Identity, serverAuth } from "#e2e/pki/authority.ts";

const day = 86_400_000;
const past = { notBefore: new Date(Date.now() - 30 * day), notAfter: new Date(Date.now() - day) };

type Refusal = { name: string; text: (pki: Pki) => string | Promise<string>; says: RegExp };
type Pki = { root: Identity; other: Identity };

const downstream: Refusal[] = [
  { name: "nothing at all", text: () => "", says: /certificate/i },
  { name: "prose", text: () => "please trust my partners", says: /PEM|BEGIN CERTIFICATE/ },
  { name: "text after the block", text: ({ root }) => `${root.certificate}\nthanks!`, says: /outside/i },
  { name: "broken base64", text: ({ root }) => root.certificate.replace(/\n[A-Za-z0-9]{4}/, "\n!!!!"), says: /block 1/i },
  { name: "a truncated block", text: ({ root }) => root.certificate.slice(0, 200), says: /END CERTIFICATE/ },
  { name: "a private key", text: ({ root }) => root.bundle, says: /private key.*exposed/is },
  { name: "a client's own certificate", text: async ({ root }) => (await createClient(root)).certificate, says: /Test Root CA/ },
  { name: "only expired CAs", text: async () => (await createAuthority(past)).certificate, says: /expired/i },
];

const upstream: Refusal[] = [
  { name: "nothing at all", text: () => "", says: /certificate/i },
  { name: "a certificate without its key", text: async ({ root }) => (await createClient(root)).certificate, says: /private key/i },
  { name: "a key without its certificate", text: async ({ root }) => (await createClient(root)).key, says: /certificate/i },
  {
    name: "a key of another certificate",
    text: async ({ root, other }) => (await createClient(root)).certificate + other.key,
    says: /match|belong/i,
  },
  {
    name: "two keys",
    text: async ({ root, other }) => (await createClient(root)).bundle + other.key,
    says: /one private key|2 private keys/i,
  },
  { name: "a CA certificate", text: ({ root }) => root.bundle, says: /CA/ },
  { name: "an expired certificate", text: async ({ root }) => (await createClient(root, past)).bundle, says: /expired/i },
  {
    name: "a certificate for servers only",
    text: async ({ root }) => (await createClient(root, { extendedKeyUsage: [serverAuth] })).bundle,
    says: /clientAuth/,
  },
];

test("every kind of bad input is refused under its field, and the old credentials go on serving", async ({
  product,
  sitePage,
  createSite,
}) => {
  const { hostName, ca } = await createSite();
  const root = await createAuthority();
  const pki = { root, other: await createAuthority({ commonName: "Other CA" }) };
  const partner = await createClient(root, { extendedKeyUsage: [clientAuth] });
  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", root.certificate);
  await sitePage.checkbox("Upstream mTLS").check();
  await sitePage.fill("Upstream mTLS Credentials", partner.bundle);
  await sitePage.saveAndServe(2);

  await refuseEach(sitePage, downstream, pki, sitePage.field("Downstream mTLS Credentials"));
  await sitePage.fill("Downstream mTLS Credentials", root.certificate);
  await sitePage.stored("Upstream mTLS Credentials").getByRole("button", { name: "Replace" }).click();
  await refuseEach(sitePage, upstream, pki, sitePage.field("Upstream mTLS Credentials"));

  const port = product.ports.SENSOR_HTTPS_PORT;
  expect((await call({ port, hostName, ca })).status).toBe(403);
  expect((await call({ port, hostName, ca, client: partner })).status).toBe(200);
  await sitePage.page.reload();
  await expect(sitePage.status).toContainText("Serving revision 2");
});

async function refuseEach(sitePage: SitePage, refusals: Refusal[], pki: Pki, field: Locator) {
  for (const { name, text, says } of refusals) {
    await test.step(name, async () => {
      await field.fill(await text(pki));
      await sitePage.expectRefused(field, says);
    });
  }
}

test("a certificate for another name is refused with both names, and the page moves the focus to the summary", async ({
  sitePage,
  webAuthority,
}) => {
  await sitePage.openNew();
  await sitePage.fill("Host Name", "refused.shop.test");
  await sitePage.checkbox("SSL/TLS Enabled").check();
  await sitePage.applySslCredentials((await createServer(webAuthority, ["other.shop.test"])).bundle);
  await sitePage.fill("Origin", "127.0.0.1");
  await sitePage.save();
  const summary = sitePage.page.getByRole("alert").filter({ hasText: "refused.shop.test" });
  await expect(summary).toBeFocused();
  await expect(summary).toContainText("other.shop.test");
});

test("a name that another site has is not available", async ({ sitePage, createSite }) => {
  const { hostName } = await createSite();
  await sitePage.openNew();
  await sitePage.fill("Host Name", hostName.toUpperCase());
  await sitePage.fill("Origin", "127.0.0.1");
  await sitePage.expectRefused(sitePage.field("Host Name"), /This name is not available/);
});

test("the second of two people to save is told so and loses nothing typed", async ({ sitePage, createSite, context }) => {
  const { hostName } = await createSite();
  const { SitePage: Second } = await import("#e2e/pages/site-page.ts");
  const second = new Second(await context.newPage());
  await second.open(hostName);
  await sitePage.fillNumber("Proxy Read Timeout", 10);
  await sitePage.saveAndServe(2);
  await second.fillNumber("Proxy Send Timeout", 11);
  await second.save();
  await expect(second.page.getByRole("alert").filter({ hasText: /revision 2/i })).toBeVisible();
  await expect(second.page.getByRole("spinbutton", { name: "Proxy Send Timeout" })).toHaveValue("11");
});
