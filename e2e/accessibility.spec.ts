import type { Page } from "@playwright/test";
import { expect, test } from "#e2e/fixtures.ts";
import { createAuthority, createClient, createServer } from "#e2e/pki/authority.ts";
import { expectSound, looks } from "#e2e/sound.ts";

for (const { name, viewport, colorScheme } of looks) {
  test(`every page passes WCAG 2.2 AA and fits the window: ${name}`, async ({ sitePage, createSite, page }) => {
    const { hostName } = await createSite();
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await sitePage.checkbox("Downstream mTLS").check();
    await sitePage.fill("Downstream mTLS Credentials", (await createAuthority()).certificate);
    await sitePage.checkbox("Upstream mTLS").check();
    await sitePage.fill("Upstream mTLS Credentials", (await createClient(await createAuthority())).bundle);
    await expectSound(page);
    await sitePage.saveAndServe(2);
    await expectSound(page);
    await page.getByRole("button", { name: "Edit SSL Credentials" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expectSound(page);

    await page.goto(`${page.url()}/history`);
    await page.getByRole("button", { name: "Restore revision 1" }).click();
    await expectSound(page);
    await page.goto("/settings/audit-log");
    await page.getByText("Details").first().click();
    await expectSound(page);

    await page.goto("/settings/sites");
    await expect(page.getByRole("link", { name: `Edit Site ${hostName}` })).toBeVisible();
    await expectSound(page);
    await sitePage.openNew();
    await sitePage.save();
    await expect(page.getByRole("alert").first()).toBeVisible();
    await expectSound(page);
  });
}

test("a site is made and protected with the keyboard alone", async ({ page, sitePage, openOrigin, webAuthority }) => {
  const origin = await openOrigin({ isPlain: true });
  const pem = (await createServer(webAuthority, ["keys.shop.test"])).bundle;
  await page.goto("/settings/sites");
  await tabTo(page, "link", "Add Site");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Site Details" })).toBeVisible();
  await tabTo(page, "textbox", "Host Name");
  await page.keyboard.type("keys.shop.test");
  await tabTo(page, "checkbox", "SSL/TLS Enabled");
  await page.keyboard.press("Space");
  await tabTo(page, "button", "Edit SSL Credentials");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog").getByRole("textbox", { name: "SSL Credentials" })).toBeFocused();
  await page.keyboard.insertText(pem);
  await tabTo(page, "button", "Apply");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Edit SSL Credentials" }), "the focus comes back from the dialog").toBeFocused();
  await tabTo(page, "checkbox", "SSL/TLS Terminate Only");
  await page.keyboard.press("Space");
  await tabTo(page, "checkbox", "Downstream mTLS");
  await page.keyboard.press("Space");
  await tabTo(page, "textbox", "Downstream mTLS Credentials");
  await page.keyboard.insertText((await createAuthority()).certificate);
  await tabTo(page, "textbox", "Origin");
  await page.keyboard.type("127.0.0.1");
  await tabTo(page, "spinbutton", "HTTP Backend Port");
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(String(origin.port));
  await tabTo(page, "button", "Save");
  await page.keyboard.press("Enter");
  await expect(sitePage.status).toContainText("Serving revision 1");
});

/** Presses Tab until the control has the focus, as a person without a mouse does. */
async function tabTo(page: Page, role: "link" | "textbox" | "checkbox" | "button" | "spinbutton", name: string) {
  const target = page.getByRole(role, { name, exact: true });
  for (let presses = 0; presses < 80; presses++) {
    if ((await target.count()) > 0 && (await target.evaluate((element) => element === document.activeElement))) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not reach the ${role} “${name}”`);
}
