import { expect, test } from "#e2e/fixtures.ts";
import { signIn } from "#e2e/pages/sign-in.ts";
import { password, populate } from "#e2e/people.ts";
import { createAuthority } from "#e2e/pki/authority.ts";

test("a Channel Admin makes a tenant, invites its first Admin, and acts in both", async ({ page }) => {
  await page.goto("/settings/sites");
  await page.getByRole("button", { name: "Tenant Default" }).click();
  await page.getByRole("menuitem", { name: "New tenant" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Gamma");
  await page.getByRole("button", { name: "Create tenant" }).click();
  await expect(page).toHaveURL(/\/settings\/users$/);
  await expect(page.getByText("Who may see the sites of the tenant Gamma")).toBeVisible();
  await page.getByRole("button", { name: "Invite" }).click();
  await page.getByLabel("Email").fill("gamma@tenants.test");
  await page.getByLabel("Role").selectOption("Admin");
  await page.getByRole("button", { name: "Create invitation" }).click();
  await expect(page.getByRole("group", { name: "invitation link" })).toContainText("/invitation#");
  await page.getByRole("button", { name: "Done" }).click();

  await page.getByRole("link", { name: "Features" }).click();
  await expect(page.getByRole("checkbox", { name: "site-config-mtls" }), "a new tenant starts without the feature").not.toBeChecked();
  await page.getByRole("button", { name: "Tenant Gamma" }).click();
  await page.getByRole("menuitemradio", { name: "Default" }).click();
  await expect(page.getByRole("button", { name: "Tenant Default" })).toBeVisible();
});

test("somebody in two tenants sees one at a time, and a bookmarked site opens in its own", async ({ browser, product }) => {
  const people = await populate(product);
  const [defaultId, betaId] = [await people.tenantId("Default"), await people.addTenant("Beta")];
  const ownId = await people.addSite(betaId, "beta.tenants.test");
  await people.addSite(defaultId, "default.tenants.test");
  await people.addPerson("both@tenants.test", [
    [betaId, "Admin"],
    [defaultId, "Read-Only"],
  ]);
  people.store.close();
  const page = await (await browser.newContext({ baseURL: product.url, storageState: { cookies: [], origins: [] } })).newPage();
  await signIn(page, { email: "both@tenants.test", password });
  await expect(page.getByRole("button", { name: "Tenant Beta" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Edit Site beta.tenants.test" })).toBeVisible();
  await expect(page.getByText("default.tenants.test")).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Add Site" })).toBeVisible();

  await expect(page.getByRole("button", { name: "Tenant Beta" })).toBeEnabled();
  await page.getByRole("button", { name: "Tenant Beta" }).press("Enter");
  await page.getByRole("menuitemradio", { name: "Default" }).press("Enter");
  await expect(page.getByRole("link", { name: "Edit Site default.tenants.test" })).toBeVisible();
  await expect(page.getByText("beta.tenants.test")).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Add Site" }), "Read-Only here").toHaveCount(0);

  await page.goto(`/settings/sites/${ownId}`);
  await expect(page.getByRole("textbox", { name: "Host Name" })).toHaveValue("beta.tenants.test");
  await expect(page.getByRole("button", { name: "Tenant Beta" }), "the sidebar names the site's own tenant").toBeVisible();
  await expect(page.getByRole("button", { name: "Save", exact: true }), "Admin there").toBeEnabled();
  await page.getByRole("link", { name: "Sites", exact: true }).first().click();
  await expect(page.getByRole("button", { name: "Tenant Default" }), "looking at it has changed no choice").toBeVisible();
  await expect(page.getByRole("link", { name: "Edit Site default.tenants.test" })).toBeVisible();
});

test("a tenant's Admin switches the feature for the own tenant, sees which sites go on enforcing it, and the page obeys at once", async ({
  browser,
  product,
}) => {
  const people = await populate(product);
  const tenantId = await people.addTenant("Delta");
  const siteId = await people.addSite(tenantId, "delta.tenants.test", {
    isSslEnabled: true,
    isDownstreamMtls: true,
    downstreamMtlsCredentials: (await createAuthority()).certificate,
  });
  await people.addPerson("delta@tenants.test", [[tenantId, "Admin"]]);
  people.store.close();
  const page = await (await browser.newContext({ baseURL: product.url, storageState: { cookies: [], origins: [] } })).newPage();
  await signIn(page, { email: "delta@tenants.test", password });
  await page.getByRole("link", { name: "Features" }).click();
  await expect(page.getByText("1 site enforces mTLS now")).toBeVisible();
  await expect(page.getByRole("link", { name: "delta.tenants.test" })).toHaveAttribute("href", `/settings/sites/${siteId}`);
  const feature = page.getByRole("checkbox", { name: "site-config-mtls" });
  await feature.check();
  await expect(page.getByText(/^On, by delta@tenants\.test/)).toBeVisible();
  await page.goto(`/settings/sites/${siteId}`);
  await expect(page.getByRole("checkbox", { name: "Downstream mTLS" })).toBeChecked();
  await page.goto("/settings/features");
  await feature.uncheck();
  await expect(page.getByText(/^Off, by delta@tenants\.test/)).toBeVisible();
  await page.goto(`/settings/sites/${siteId}`);
  await expect(page.getByRole("checkbox", { name: "Downstream mTLS" })).toHaveCount(0);
  await expect(page.getByText("Downstream mTLS is enforced with 1 CA")).toBeVisible();
});

test("somebody who belongs to two tenants is not one tenant's Admin's to reset", async ({ browser, product }) => {
  const people = await populate(product);
  const [aId, bId] = [await people.addTenant("Epsilon"), await people.addTenant("Zeta")];
  await people.addPerson("epsilon@tenants.test", [[aId, "Admin"]]);
  await people.addPerson("shared@tenants.test", [
    [aId, "Read-Only"],
    [bId, "Admin"],
  ]);
  people.store.close();
  const page = await (await browser.newContext({ baseURL: product.url, storageState: { cookies: [], origins: [] } })).newPage();
  await signIn(page, { email: "epsilon@tenants.test", password });
  await page.getByRole("link", { name: "Users" }).click();
  await page.getByRole("button", { name: "Manage shared@tenants.test" }).click();
  for (const name of ["Reset password", "Deactivate"]) {
    await expect(page.getByRole("button", { name, exact: true })).toBeDisabled();
    await expect(page.getByRole("button", { name, exact: true })).toHaveAccessibleDescription(/belongs to another tenant too/);
  }
  await expect(page.getByRole("button", { name: "Remove from tenant" })).toBeEnabled();
});

test("on a phone Escape closes the dialog alone and gives the focus back to the menu that stays open", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/settings/sites");
  await page.getByRole("button", { name: "Menu" }).click();
  const tenant = page.getByRole("button", { name: "Tenant Default" });
  await tenant.click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menuitem", { name: "New tenant" })).toBeHidden();
  await expect(tenant).toBeFocused();
  await tenant.press("ArrowDown");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog").getByLabel("Name")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(tenant).toBeFocused();
});
