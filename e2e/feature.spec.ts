import { call } from "#e2e/client.ts";
import { expect, test } from "#e2e/fixtures.ts";
import { createAuthority, createClient } from "#e2e/pki/authority.ts";

const flag = "site-config-mtls";

test.afterEach(async ({ product }) => {
  await product.tessera("feature", "set", "Default", flag, "on");
});

test("without the feature nothing of mTLS is rendered but one line, a save keeps what is stored, and the sensor still enforces it", async ({
  product,
  sitePage,
  createSite,
}) => {
  const { hostName, ca } = await createSite();
  const port = product.ports.SENSOR_HTTPS_PORT;
  const partnerAuthority = await createAuthority({ commonName: "Partner Root CA" });
  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", partnerAuthority.certificate);
  await sitePage.saveAndServe(2);

  await product.tessera("feature", "set", "Default", flag, "off");
  await sitePage.open(hostName);
  await expect(sitePage.checkbox("Downstream mTLS")).toHaveCount(0);
  await expect(sitePage.checkbox("Upstream mTLS")).toHaveCount(0);
  await expect(sitePage.page.getByText(/Downstream mTLS is enforced with 1 CA/)).toBeVisible();
  const authorityLine = partnerAuthority.certificate.split("\n")[1] ?? "";
  expect(await sitePage.page.content(), "the stored CAs are not in the page at all").not.toContain(authorityLine);

  await sitePage.fillNumber("Proxy Read Timeout", 60);
  await sitePage.saveAndServe(3);
  expect((await call({ port, hostName, ca })).status).toBe(403);
  expect((await call({ port, hostName, ca, client: await createClient(partnerAuthority) })).status).toBe(200);

  await product.tessera("feature", "set", "Default", flag, "on");
  await sitePage.page.reload();
  await expect(sitePage.checkbox("Downstream mTLS")).toBeChecked();
  await expect(sitePage.field("Downstream mTLS Credentials")).toHaveValue(/BEGIN CERTIFICATE/);
});

test("a forged call of the save action without the feature is refused, stored values are kept and still enforced", async ({
  product,
  sitePage,
  createSite,
}) => {
  const { hostName, ca, origin } = await createSite();
  const port = product.ports.SENSOR_HTTPS_PORT;
  const partnerAuthority = await createAuthority({ commonName: "Partner Root CA" });
  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", partnerAuthority.certificate);
  await sitePage.saveAndServe(2);

  const { page } = sitePage;
  const isSave = (url: URL) => url.pathname.startsWith("/settings/sites/");
  // Its failure, not its start: unrouting before the abort would let it through.
  const caught = page.waitForEvent("requestfailed", (request) => request.method() === "POST" && isSave(new URL(request.url())));
  await page.route(isSave, (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
  await sitePage.checkbox("Downstream mTLS").uncheck();
  await sitePage.save();
  const forged = await caught;
  await page.unroute(isSave);

  await product.tessera("feature", "set", "Default", flag, "off");
  const headers = await forged.allHeaders();
  const answer = await page.request.post(forged.url(), {
    headers: { "next-action": headers["next-action"] ?? "", origin: product.url, "content-type": headers["content-type"] ?? "" },
    data: forged.postDataBuffer() ?? Buffer.alloc(0),
  });
  expect(await answer.text()).toContain("feature.site-config-mtls");

  expect((await call({ port, hostName, ca })).status).toBe(403);
  expect(origin.arrivals).toHaveLength(0);
  await product.tessera("feature", "set", "Default", flag, "on");
  await sitePage.open(hostName);
  await expect(sitePage.checkbox("Downstream mTLS")).toBeChecked();
});

test("without the feature TLS cannot be switched off under a stored mTLS, and the refusal names the flag", async ({
  product,
  sitePage,
  createSite,
}) => {
  const { hostName } = await createSite();
  await sitePage.checkbox("Upstream mTLS").check();
  await sitePage.fill("Upstream mTLS Credentials", (await createClient(await createAuthority())).bundle);
  await sitePage.saveAndServe(2);
  await product.tessera("feature", "set", "Default", flag, "off");
  await sitePage.open(hostName);
  await expect(sitePage.checkbox("SSL/TLS Enabled")).toBeDisabled();
  await expect(sitePage.checkbox("SSL/TLS Terminate Only")).toBeDisabled();
  await expect(sitePage.checkbox("SSL/TLS Terminate Only")).toHaveAccessibleDescription(new RegExp(flag));
});
