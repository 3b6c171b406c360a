import { expect, test } from "#e2e/fixtures.ts";
import { createAuthority, createClient } from "#e2e/pki/authority.ts";

test("a browser with a client certificate reaches the page, one without is refused", async ({ browser, product, sitePage, createSite }) => {
  await createSite({ hostName: "localhost" });
  const partnerAuthority = await createAuthority({ commonName: "Partner Root CA" });
  const partner = await createClient(partnerAuthority);
  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", partnerAuthority.certificate);
  await sitePage.saveAndServe(2);

  const origin = `https://localhost:${product.ports.SENSOR_HTTPS_PORT}`;
  const clientCertificates = [{ origin, cert: Buffer.from(partner.certificate), key: Buffer.from(partner.key) }];
  for (const [options, status] of [
    [{ clientCertificates }, 200],
    [{}, 403],
  ] as const) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
    const page = await context.newPage();
    const response = await page.goto(`${origin}/page`);
    expect(response?.status()).toBe(status);
    if (status === 200) await expect(page.getByRole("heading", { name: "Hello from the origin" })).toBeVisible();
    else await expect(page.getByText(response?.headers()["x-request-id"] ?? "no request id")).toBeVisible();
    await context.close();
  }
});
