import { readFileSync } from "node:fs";
import { expect, test } from "#e2e/fixtures.ts";
import { createAuthority } from "#e2e/pki/authority.ts";

test("the audit log tells who changed what from where, is searched, filtered and exported, and its heads are in the log", async ({
  page,
  product,
  sitePage,
  createSite,
}) => {
  const { hostName } = await createSite();
  const authority = await createAuthority({ commonName: "Audited CA" });
  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", authority.certificate);
  await sitePage.saveAndServe(2);
  await product.tessera("feature", "set", "Default", "site-config-mtls", "on");

  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Audit Log" }).click();
  await expect(page.getByRole("heading", { name: "Audit Log" })).toBeVisible();
  const rows = page.getByRole("row");
  await expect(rows.filter({ hasText: "Feature switched" }).first()).toContainText("this machine");
  await page.getByRole("searchbox", { name: "Search" }).fill(hostName);
  await expect(page.getByRole("status").filter({ hasText: "2 entries match" })).toBeVisible();
  const saved = rows.filter({ hasText: "Site saved" });
  await expect(saved).toContainText("127.0.0.1");
  await expect(saved).toContainText("Downstream mTLS on");
  await saved.getByText("Details").click();
  await expect(saved).toContainText(`SHA-256 ${authority.fingerprint}`);
  await expect(page).toHaveURL(new RegExp(`search=${hostName}`));

  await page.getByRole("combobox", { name: "Show" }).selectOption("Tenants and features");
  await expect(page.getByRole("heading", { name: "No entry matches" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("searchbox", { name: "Search" })).toHaveValue(hostName);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect(saved.first()).toBeVisible();

  await page.getByRole("searchbox", { name: "Search" }).fill(hostName);
  await expect(page).toHaveURL(new RegExp(`search=${hostName}`));
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export CSV" }).click();
  const file = await (await download).path();
  const lines = readFileSync(file, "utf8").trimEnd().split("\r\n");
  expect(lines).toHaveLength(3);
  const head = lines[1]?.match(/"([0-9a-f]{64})"$/)?.[1] ?? "none";
  expect(product.output()).toContain(`"head":"${head}"`);
  expect(await product.tessera("audit", "verify", "--head", head)).toContain("The audit log is whole");

  await page.goto(`/settings/audit-log?search=${hostName}`);
  await page.getByRole("link", { name: hostName }).first().click();
  await expect(page.getByRole("tab", { name: "History", selected: true })).toBeVisible();
});
