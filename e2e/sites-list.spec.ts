import { expect, test } from "#e2e/fixtures.ts";

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
