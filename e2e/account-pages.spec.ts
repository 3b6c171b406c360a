import { watchViolations } from "#e2e/console-violations.ts";
import { expect, test } from "#e2e/fixtures.ts";
import { signIn } from "#e2e/pages/sign-in.ts";
import { password, populate } from "#e2e/people.ts";
import { createAuthority } from "#e2e/pki/authority.ts";
import { expectSound, looks } from "#e2e/sound.ts";

for (const { name, viewport, colorScheme } of looks) {
  test(`the pages of accounts pass WCAG 2.2 AA and fit the window: ${name}`, async ({ browser, product }) => {
    const people = await populate(product);
    const tenantId = await people.addTenant(`Looks ${name}`);
    const email = `${name.replace(", ", ".")}@looks-of-a-long-name-that-has-to-break.test`;
    const mtls = { isSslEnabled: true, isDownstreamMtls: true, downstreamMtlsCredentials: (await createAuthority()).certificate };
    await people.addSite(tenantId, `${name.replace(", ", "-")}.looks.test`, mtls);
    await people.addPerson(email, [
      [tenantId, "Admin"],
      [await people.tenantId("Default"), "Read-Only"],
    ]);
    await people.addPerson(`second.${email}`, [[tenantId, "Read-Only"]]);
    people.store.close();
    const look = { viewport, colorScheme, reducedMotion: "reduce" } as const;
    const context = await browser.newContext({ baseURL: product.url, storageState: { cookies: [], origins: [] }, ...look });
    const page = await context.newPage();
    const violations = watchViolations(page);

    await page.goto("/login");
    await expect(page.getByLabel("Email"), "whoever comes can type at once").toBeFocused();
    await expectSound(page);
    await page.getByLabel("Email").fill("nobody");
    await page.getByLabel("Password").fill("x");
    await page.keyboard.press("Enter");
    await expect(page.getByLabel("Email")).toHaveAttribute("aria-invalid", "true");
    await expectSound(page);
    await page.goto("/invitation#dead");
    await expect(page.getByRole("alert").filter({ hasText: "used, withdrawn" })).toBeVisible();
    await expectSound(page);
    await signIn(page, { email, password });
    await expectSound(page);

    const menu = page.getByRole("button", { name: "Menu" });
    if (await menu.isVisible()) await menu.click();
    await page.getByRole("button", { name: /^Tenant / }).click();
    await expect(page.getByRole("menuitemradio").first()).toBeVisible();
    await expectSound(page);
    await page.getByRole("menuitemradio", { name: `Looks ${name}` }).click();
    await expect(page.getByText(`${name.replace(", ", "-")}.looks.test`).first()).toBeVisible();

    await page.goto("/settings/users");
    await expectSound(page);
    await page.getByRole("button", { name: "Invite" }).click();
    await page.getByLabel("Email").fill(`third.${email}`);
    await expectSound(page);
    await page.getByRole("button", { name: "Create invitation" }).click();
    await expect(page.getByRole("group", { name: "invitation link" })).toBeVisible();
    await expectSound(page);
    await page.getByRole("button", { name: "Done" }).click();
    await expect(page.getByRole("table", { name: "Invitations" })).toBeVisible();
    await expectSound(page);
    await page.getByRole("button", { name: `Manage second.${email}` }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expectSound(page);

    await page.goto("/settings/features");
    await expectSound(page);
    await page.goto("/settings/profile");
    await expectSound(page);
    await page.getByRole("button", { name: "Turn on two-factor" }).click();
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.getByRole("img", { name: /QR code/ })).toBeVisible();
    await expectSound(page);
    expect(violations, "what the Content Security Policy had to stop").toEqual([]);
    await context.close();
  });
}

test("signing in, choosing a tenant and inviting somebody takes no mouse", async ({ browser, product }) => {
  const people = await populate(product);
  const tenantId = await people.addTenant("Keys");
  await people.addPerson("keys@looks.test", [
    [tenantId, "Admin"],
    [await people.tenantId("Default"), "Read-Only"],
  ]);
  people.store.close();
  const page = await (await browser.newContext({ baseURL: product.url, storageState: { cookies: [], origins: [] } })).newPage();
  const { keyboard } = page;
  await page.goto("/login");
  await expect(page.getByLabel("Email")).toBeFocused();
  await keyboard.type("keys@looks.test");
  await keyboard.press("Tab");
  await keyboard.type(password);
  await keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Sites", exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Tenant Default" })).toBeEnabled();
  await page.getByRole("button", { name: "Tenant Default" }).focus();
  await keyboard.press("Enter");
  await expect(page.getByRole("menuitemradio", { name: "Default" })).toBeFocused();
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Tenant Keys" })).toBeVisible();
  await page.goto("/settings/users");
  await expect(page.getByRole("button", { name: "Tenant Keys" }), "the page is alive").toBeEnabled();
  await page.getByRole("button", { name: "Invite" }).focus();
  await keyboard.press("Enter");
  await expect(page.getByRole("dialog").getByLabel("Email"), "the dialog takes the focus").toBeFocused();
  await keyboard.type("new@looks.test");
  await keyboard.press("Enter");
  await expect(page.getByRole("group", { name: "invitation link" })).toBeVisible();
  await keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Invite" }), "and gives it back").toBeFocused();
});
