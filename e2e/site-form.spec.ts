import type { Page } from "@playwright/test";
import { expect, test } from "#e2e/fixtures.ts";
import { createAuthority, createClient, createServer } from "#e2e/pki/authority.ts";

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const isSave = (url: URL) => url.pathname.startsWith("/settings/sites/");

test("unsaved changes are said in words, can be discarded, and are not left unasked", async ({ page, sitePage, createSite }) => {
  const { hostName } = await createSite();
  await sitePage.open(hostName);
  await expect(button(page, "Discard")).toHaveCount(0);
  await sitePage.fill("Origin", "10.0.0.9");
  await sitePage.checkbox("Wildcard Subdomains Enabled").check();
  await expect(page.getByText("2 changes: Wildcard Subdomains Enabled on · Origin 127.0.0.1 → 10.0.0.9")).toBeVisible();
  await button(page, "Discard").click();
  await expect(sitePage.field("Origin")).toHaveValue("127.0.0.1");

  await sitePage.fill("Origin", "10.0.0.8");
  const question = page.getByRole("dialog", { name: "Leave without saving?" });
  for (const go of [
    () => page.getByRole("link", { name: "Sites", exact: true }).first().click(),
    () => page.evaluate(() => history.back()),
  ]) {
    await go();
    await expect(question).toBeVisible();
    await button(page, "Stay").click();
    await expect(sitePage.field("Origin")).toHaveValue("10.0.0.8");
  }
  await page.getByRole("link", { name: "Sites", exact: true }).first().click();
  await button(page, "Leave without saving").click();
  await expect(page.getByRole("heading", { name: "Sites", exact: true })).toBeVisible();
});

test("a console that does not answer loses nothing typed, nor does a save lose what is typed meanwhile", async ({
  page,
  sitePage,
  createSite,
}) => {
  await createSite();
  await sitePage.fillNumber("Proxy Read Timeout", 44);
  await page.route(isSave, (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
  await sitePage.save();
  await expect(page.getByRole("alert").filter({ hasText: "did not answer" })).toBeFocused();
  await page.unroute(isSave);

  const typed = Promise.withResolvers<void>();
  await page.route(isSave, async (route) => {
    if (route.request().method() === "POST") await typed.promise;
    await route.continue();
  });
  await sitePage.save();
  await sitePage.fillNumber("Proxy Send Timeout", 45);
  typed.resolve();
  await expect(sitePage.status).toContainText("Serving revision 2");
  await expect(page.getByText("1 change: Proxy Send Timeout 30 → 45")).toBeVisible();
});

test("after somebody else's save the newer revision is loaded under what was typed", async ({ page, sitePage, createSite, context }) => {
  const { hostName } = await createSite();
  const { SitePage: Other } = await import("#e2e/pages/site-page.ts");
  const other = new Other(await context.newPage());
  await other.open(hostName);
  await other.fill("Origin", "10.0.0.6");
  await other.saveAndServe(2);
  await sitePage.fillNumber("Proxy Read Timeout", 33);
  await sitePage.save();
  await button(page, "Load the newer revision").click();
  await expect(sitePage.field("Origin")).toHaveValue("10.0.0.6");
  await expect(page.getByText("1 change: Proxy Read Timeout 90 → 33")).toBeVisible();
  await sitePage.saveAndServe(3);
});

test("credentials with a key are replaced, kept or cleared, and never shown again", async ({
  page,
  sitePage,
  createSite,
  webAuthority,
}) => {
  const { hostName } = await createSite();
  const client = await createClient(await createAuthority());
  await sitePage.checkbox("Upstream mTLS").check();
  await sitePage.fill("Upstream mTLS Credentials", client.bundle);
  await sitePage.saveAndServe(2);
  const stored = sitePage.stored("Upstream mTLS Credentials");
  await expect(stored).toContainText(client.fingerprint);
  await stored.getByRole("button", { name: "Replace" }).click();
  await expect(sitePage.field("Upstream mTLS Credentials")).toHaveValue("");
  await button(page, "Cancel").click();
  await expect(stored).toContainText(client.fingerprint);
  await stored.getByRole("button", { name: "Clear" }).click();
  await sitePage.checkbox("Upstream mTLS").uncheck();
  await sitePage.saveAndServe(3);
  await expect(stored).toHaveCount(0);

  await sitePage.applySslCredentials((await createServer(webAuthority, ["other.shop.test"])).bundle);
  await sitePage.save();
  await expect(page.getByRole("alert").filter({ hasText: hostName })).toBeFocused();
  await button(page, "Edit SSL Credentials").click();
  const draft = page.getByRole("dialog").getByRole("textbox", { name: "SSL Credentials" });
  await expect(draft, "a refused draft is there to be mended").toHaveValue(/PRIVATE KEY/);
  await expect(draft).toHaveAttribute("aria-invalid", "true");
});

test("a file is taken as text, and a binary one is named by its format", async ({ page, sitePage, createSite }) => {
  await createSite();
  const root = await createAuthority({ commonName: "Partner Root CA" });
  const field = sitePage.field("Downstream mTLS Credentials");
  await sitePage.checkbox("Downstream mTLS").check();
  const choose = async (name: string, buffer: Buffer) => {
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Choose file Downstream mTLS Credentials" }).click();
    await (await chooser).setFiles({ name, buffer, mimeType: "application/octet-stream" });
  };
  await choose("root.der", Buffer.from(root.x509.rawData));
  await sitePage.expectRefused(field, /DER/);
  await field.fill("");
  await choose("root.pem", Buffer.from(root.certificate));
  await expect(field).toHaveValue(root.certificate);
  await expect(page.getByText("Partner Root CA", { exact: true }), "what was chosen is shown as facts before it is saved").toBeVisible();
  await sitePage.saveAndServe(2);
});

test("a site is deleted once its name was typed", async ({ page, createSite }) => {
  const { hostName } = await createSite();
  await button(page, "Delete this site").click();
  const name = page.getByRole("textbox", { name: "Name of the site" });
  await name.fill("another.shop.test");
  await button(page, "Delete").click();
  await expect(name).toHaveAttribute("aria-invalid", "true");
  await name.fill(hostName);
  await button(page, "Delete").click();
  await expect(page.getByText(`${hostName} was deleted`)).toBeVisible();
  await expect(page.getByRole("heading", { name: "Sites", exact: true })).toBeVisible();
  await expect(page.getByRole("link", { name: `Edit Site ${hostName}` })).toHaveCount(0);
});

test("a dialog whose code does not come says so, gives the focus back, and opens when it comes", async ({ page, createSite }) => {
  await createSite();
  // The site was made through the same dialog; a new page knows nothing of it.
  await page.reload({ waitUntil: "networkidle" });
  await page.route("**/*.js", (route) => route.abort());
  const [edit, dialog] = [button(page, "Edit SSL Credentials"), page.getByRole("dialog")];
  await edit.click();
  await expect(dialog).toContainText("This could not be loaded");
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(edit).toBeFocused();
  await page.unroute("**/*.js");
  await edit.click();
  await expect(dialog.getByRole("textbox", { name: "SSL Credentials" })).toBeFocused();
});

test("response headers are added where the focus goes, and one of them is taken out", async ({ page, sitePage, createSite }) => {
  const { hostName } = await createSite();
  for (const [row, name, value] of [
    [1, "X-One", "1"],
    [2, "X-Two", "2"],
  ] as const) {
    await button(page, "Add header").click();
    await expect(page.getByRole("textbox", { name: `Name of header ${row}` })).toBeFocused();
    await page.keyboard.type(name);
    await page.keyboard.press("Tab");
    await page.keyboard.type(value);
  }
  await button(page, "Remove header 1").click();
  await expect(button(page, "Add header")).toBeFocused();
  await sitePage.save();
  await sitePage.open(hostName);
  await expect(page.getByRole("textbox", { name: "Name of header 1" })).toHaveValue("X-Two");
  await expect(page.getByRole("textbox", { name: "Value of header 1" })).toHaveValue("2");
  await expect(page.getByRole("textbox", { name: /of header 2/ })).toHaveCount(0);
});
