import { expect, test } from "#e2e/fixtures.ts";
import { signIn } from "#e2e/pages/sign-in.ts";
import { password, populate } from "#e2e/people.ts";

test("the list finds, orders and remembers in its address", async ({ page, createSite }) => {
  const { hostName: first } = await createSite({ hostName: "alpha.list.test" });
  const { hostName: second } = await createSite({ hostName: "beta.list.test" });
  await page.goto("/settings");
  await expect(page, "Settings leads to Sites").toHaveURL(/\/settings\/sites$/);
  const edit = page.getByRole("link", { name: /^Edit Site (alpha|beta)\.list\.test$/ });

  await page.getByRole("searchbox", { name: "Search sites" }).pressSequentially("list.test");
  await expect(page, "fast typing loses nothing").toHaveURL(/\?search=list\.test$/);
  await expect(page.getByRole("row")).toHaveCount(3);
  await page.getByRole("button", { name: "Site", exact: true }).click();
  await expect(page.getByRole("columnheader", { name: "Site" })).toHaveAttribute("aria-sort", "descending");
  await expect(edit.first()).toHaveAccessibleName(`Edit Site ${second}`);
  await page.reload();
  await expect(edit.first(), "the order outlives a reload").toHaveAccessibleName(`Edit Site ${second}`);

  await edit.first().focus();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("link", { name: `Edit Site ${first}` })).toBeFocused();
  await page.getByRole("searchbox").fill("no such site");
  await page.getByRole("button", { name: "Clear search" }).click();
  await expect(page.getByRole("row").filter({ hasText: first })).toContainText("Serving revision 1");
});

test("on a phone the navigation stands behind Menu and the rows are cards with the same links", async ({ page, createSite }) => {
  const { hostName } = await createSite();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/settings/sites");
  const menu = page.getByRole("button", { name: "Menu" });
  const sites = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Sites" });
  await expect(sites).toBeHidden();
  await menu.click();
  await expect(sites).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(menu).toBeFocused();
  await expect(sites).toBeHidden();
  await page.getByRole("link", { name: `Edit Site ${hostName}` }).click();
  await expect(page.getByRole("heading", { name: "Site Details" })).toBeVisible();
});

test("the chosen theme is there from first paint of the next visit", async ({ page }) => {
  await page.goto("/settings/sites");
  await page.getByRole("radio", { name: "Dark" }).check();
  const answer = await page.request.get("/settings/sites");
  expect(await answer.text()).toContain('data-theme="dark"');
});

test("a long list is walked page by page, searched and ordered as a whole", async ({ browser, product }) => {
  const people = await populate(product);
  const tenantId = await people.addTenant("Long");
  for (let number = 10; number < 61; number += 1) await people.addSite(tenantId, `s${number}.long.test`);
  await people.addPerson("long@lists.test", [[tenantId, "Read-Only"]]);
  people.store.close();
  const page = await (await browser.newContext({ baseURL: product.url, storageState: { cookies: [], origins: [] } })).newPage();
  await signIn(page, { email: "long@lists.test", password });
  const pages = page.getByRole("navigation", { name: "Pages of the list" });
  await expect(pages).toContainText("1–50 of 51 sites");
  await expect(page.getByRole("row")).toHaveCount(51);
  await pages.getByRole("link", { name: "Next page" }).press("Enter");
  await expect(page).toHaveURL(/\?page=2$/);
  await expect(page.getByRole("link", { name: "Edit Site s60.long.test" })).toBeVisible();
  await expect(page.getByRole("row")).toHaveCount(2);
  await page.getByRole("button", { name: "Site", exact: true }).click();
  await expect(page, "another order starts at its first page").toHaveURL(/\?sort=site-descending$/);
  await expect(page.getByRole("link", { name: "Edit Site s60.long.test" })).toBeVisible();
  await expect(page.getByRole("row")).toHaveCount(51);
  await page.getByRole("searchbox", { name: "Search sites" }).fill("s10.long");
  await expect(page.getByRole("status").filter({ hasText: "1 site found" })).toBeVisible();
  await expect(pages).toHaveCount(0);
  await page.context().close();
});
