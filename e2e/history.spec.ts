import { call } from "#e2e/client.ts";
import { expect, test } from "#e2e/fixtures.ts";
import { createAuthority, createClient, createServer } from "#e2e/pki/authority.ts";

test("an old revision is read, restored and served again, its key included, and its key is destroyed later", async ({
  page,
  product,
  sitePage,
  createSite,
  webAuthority,
}) => {
  const { hostName, ca } = await createSite();
  const port = product.ports.SENSOR_HTTPS_PORT;
  const partners = await createAuthority({ commonName: "Partner Root CA" });
  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", partners.certificate);
  await sitePage.saveAndServe(2);
  await sitePage.applySslCredentials((await createServer(webAuthority, [hostName])).bundle);
  await sitePage.checkbox("Downstream mTLS").uncheck();
  await sitePage.saveAndServe(3);
  expect((await call({ port, hostName, ca })).status).toBe(200);

  await page.getByRole("tab", { name: "History" }).click();
  await expect(page.getByRole("tab", { name: "History", selected: true })).toBeVisible();
  const revision = (number: number) => page.getByRole("article", { name: `Revision ${number}`, exact: true });
  await expect(revision(3)).toContainText("new SSL Credentials");
  await expect(revision(3)).toContainText("Downstream mTLS off");
  await expect(revision(3)).toContainText("Current");
  await expect(revision(2)).toContainText("Downstream mTLS on");
  await expect(revision(2)).toContainText("1 CA added");
  await expect(revision(2)).toContainText("Partner Root CA");
  await expect(revision(1)).toContainText(`Host Name ${hostName}`);
  expect(await page.content(), "certificates as facts").not.toContain("-----BEGIN");

  await page.getByRole("button", { name: "Restore revision 2" }).click();
  const question = page.getByRole("region", { name: "Restore revision 2" });
  await expect(question).toContainText("Downstream mTLS on");
  await question.getByRole("button", { name: "Restore as revision 4" }).click();
  await expect(sitePage.status).toContainText("Serving revision 4");
  await expect(sitePage.checkbox("Downstream mTLS")).toBeChecked();
  expect((await call({ port, hostName, ca })).status).toBe(403);
  expect((await call({ port, hostName, ca, client: await createClient(partners) })).status).toBe(200);

  await page.getByRole("tab", { name: "History" }).click();
  await expect(revision(4)).toContainText("restored from revision 2");
  const keys = page.getByRole("region", { name: "Private keys" });
  await expect(keys.getByRole("button", { name: /Destroy key/ })).toHaveCount(2);
  await keys.getByRole("button", { name: /Destroy key/, disabled: false }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Destroy" }).click();
  await expect(dialog.getByRole("textbox")).toHaveAccessibleDescription(new RegExp(`Type ${hostName}`));
  await dialog.getByRole("textbox").fill(hostName);
  await dialog.getByRole("button", { name: "Destroy" }).click();
  await expect(keys).toContainText("Destroyed");
  await page.getByRole("button", { name: "Restore revision 3" }).click();
  await page.getByRole("button", { name: "Restore as revision 5" }).click();
  await expect(page.getByRole("article").getByRole("alert")).toContainText(/destroyed the private key of these credentials/);
  expect((await call({ port, hostName, ca })).status, "nothing was restored").toBe(403);
});

test("the tabs are reached with the arrow keys, and unsaved changes are not left unasked", async ({ page, sitePage, createSite }) => {
  await createSite();
  await page.getByRole("tab", { name: "Settings" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("tab", { name: "Activity" })).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("tab", { name: "History" })).toBeFocused();
  await sitePage.fill("Origin", "10.0.0.9");
  await page.getByRole("tab", { name: "History" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.getByRole("button", { name: "Stay" }).click();
  await expect(sitePage.field("Origin")).toHaveValue("10.0.0.9");
});

test("without the feature history shows no mTLS settings, and a restore that would end mTLS is refused with the flag's name", async ({
  page,
  product,
  sitePage,
  createSite,
}) => {
  const { hostName } = await createSite();
  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", (await createAuthority({ commonName: "Hidden CA" })).certificate);
  await sitePage.saveAndServe(2);
  await product.tessera("feature", "set", "Default", "site-config-mtls", "off");
  try {
    await sitePage.open(hostName);
    await page.getByRole("tab", { name: "History" }).click();
    await expect(page.getByText("mTLS settings, which this tenant does not see").first()).toBeVisible();
    expect(await page.content()).not.toContain("Hidden CA");
    await page.getByRole("button", { name: "Restore revision 1" }).click();
    await page.getByRole("button", { name: "Restore as revision 3" }).click();
    await expect(page.getByRole("article").getByRole("alert")).toContainText("site-config-mtls");
  } finally {
    await product.tessera("feature", "set", "Default", "site-config-mtls", "on");
  }
});

test("two people edit one site: the second is told what the first changed and puts the own change on top", async ({
  page,
  sitePage,
  createSite,
  context,
}) => {
  const { hostName } = await createSite();
  const [first, second] = [await createAuthority({ commonName: "First CA" }), await createAuthority({ commonName: "Second CA" })];
  const { SitePage: Other } = await import("#e2e/pages/site-page.ts");
  const other = new Other(await context.newPage());
  await other.open(hostName);
  await other.checkbox("Downstream mTLS").check();
  await other.fill("Downstream mTLS Credentials", first.certificate);
  await other.saveAndServe(2);
  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", second.certificate);
  await sitePage.fillNumber("Proxy Read Timeout", 33);
  await sitePage.save();
  await expect(page.getByRole("alert").first()).toContainText(/saved revision 2 on .*: Downstream mTLS on · 1 CA added/);
  await page.getByRole("button", { name: "Load the newer revision" }).click();
  await expect(page.getByText("2 changes: 1 CA added · Proxy Read Timeout 90 → 33")).toBeVisible();
  await sitePage.saveAndServe(3);
  await expect(page.getByText("First CA").first()).toBeVisible();
  await expect(page.getByText("Second CA").first()).toBeVisible();
});
