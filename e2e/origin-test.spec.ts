import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "#e2e/fixtures.ts";
import { createAuthority, createClient } from "#e2e/pki/authority.ts";
import { expectSound, looks } from "#e2e/sound.ts";

const flag = "site-config-mtls";

test("an admin learns before saving whether the origin accepts the draft's client certificate", async ({
  product,
  sitePage,
  createSite,
  openOrigin,
  page,
}) => {
  const clientAuthority = await createAuthority({ commonName: "Sensor Client CA" });
  const sensor = await createClient(clientAuthority, { commonName: "tessera-sensor" });
  const stranger = await createClient(await createAuthority({ commonName: "Some Other CA" }));
  const origin = await openOrigin({ clientAuthority });
  const { hostName } = await createSite({ origin });
  const testOrigin = page.getByRole("button", { name: "Test origin", exact: true });
  const result = page.getByRole("status").filter({ hasText: "127.0.0.1 :" });

  await testOrigin.click();
  await expect(result).toContainText("Refuses callers without a client certificate");
  await expect(result).toContainText("switch it on");
  expect(origin.arrivals).toHaveLength(0);

  await sitePage.checkbox("Upstream mTLS").check();
  await sitePage.fill("Upstream mTLS Credentials", sensor.bundle);
  await expect(result).toContainText("before your last change");
  await testOrigin.click();
  await expect(result).toContainText("Asks for a client certificate and accepts this one");
  expect(origin.arrivals.map(({ method, url, clientCertificate }) => [method, url, clientCertificate])).toEqual([
    ["GET", "/", "CN=tessera-sensor"],
  ]);
  await result.getByText("Details of the connection").press("Enter");
  await expect(result).toContainText("CN=Sensor Client CA");
  await expect(result).toContainText("the certificate is for origin.test");
  for (const { viewport, colorScheme } of looks.filter((_, index) => index === 0 || index === 3)) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expectSound(page);
  }

  await page.reload();
  await expect(sitePage.checkbox("Upstream mTLS"), "nothing was stored").not.toBeChecked();
  expect(keysIn(product.dataDir, sensor.key), "the key is on no disk").toEqual([]);
  expect(product.output()).not.toContain(sensor.key.split("\n")[1]);

  await sitePage.checkbox("Upstream mTLS").check();
  await sitePage.fill("Upstream mTLS Credentials", sensor.bundle);
  await sitePage.saveAndServe(2);
  await testOrigin.click();
  await expect(result, "with the stored key, which the console cannot read").toContainText("accepts this one");
  await sitePage.replaceUpstreamCredentials(stranger.bundle);
  await page.getByRole("button", { name: "Try this certificate at the origin" }).click();
  await expect(result.first()).toContainText("Asks for a client certificate and refuses this one");

  await page.goto("/settings/audit-log");
  const row = page.getByRole("row").filter({ hasText: "Origin tested" }).filter({ hasText: hostName }).first();
  await expect(row).toContainText("asks-and-refuses");
});

test("an origin that never asks, and what cannot be tested, are said in words", async ({ sitePage, createSite, product, page }) => {
  const { hostName, origin } = await createSite();
  await sitePage.checkbox("Upstream mTLS").check();
  await sitePage.fill("Upstream mTLS Credentials", (await createClient(await createAuthority())).bundle);
  const testOrigin = page.getByRole("button", { name: "Test origin", exact: true });
  await testOrigin.click();
  await expect(page.getByRole("status").filter({ hasText: "upstream mTLS protects nothing" })).toBeVisible();
  expect(origin.arrivals.map(({ clientCertificate }) => clientCertificate)).toEqual([null, null]);

  await sitePage.fill("Origin", "127.0.0.1/32");
  await testOrigin.click();
  await expect(page.getByRole("status").filter({ hasText: "Origin: Enter the host name or the addresses alone" })).toBeVisible();

  await product.tessera("feature", "set", "Default", flag, "off");
  await sitePage.open(hostName);
  await expect(page.getByRole("button", { name: "Try this certificate at the origin" })).toHaveCount(0);
  await testOrigin.click();
  await expect(page.getByRole("status").filter({ hasText: "Answers over TLS" })).toBeVisible();
  await expect(testOrigin).toHaveAccessibleDescription(/needs the feature site-config-mtls/);
  expect(origin.arrivals).toHaveLength(3);
  await product.tessera("feature", "set", "Default", flag, "on");
});

/** The files below a folder that hold a line of a key. */
function keysIn(folder: string, key: string): string[] {
  const [, line = ""] = key.split("\n");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name)).filter((file) => readFileSync(file).includes(line));
}
