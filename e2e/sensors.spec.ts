import { call } from "#e2e/client.ts";
import { test as base, expect } from "#e2e/fixtures.ts";
import { populate } from "#e2e/people.ts";
import { createServer } from "#e2e/pki/authority.ts";
import { type Product, startProduct } from "#e2e/product.ts";
import { expectSound, looks } from "#e2e/sound.ts";
import { sealKey } from "#lib/store/seal.ts";

// A product of its own: here workers are killed and the sensor is held still.
const test = base.extend<object, { product: Product }>({
  product: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern.
    async ({}, use) => {
      const product = await startProduct({ SENSOR_WORKERS: "2" });
      await use(product);
      await product.remove();
    },
    { scope: "worker", timeout: 180_000 },
  ],
});

/** The process ids that the product's lines of this message give, the newest last. */
function pidsOf(product: Product, message: string): number[] {
  const lines = product
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{") && line.includes(`"msg":"${message}"`));
  return [...new Set(lines.map((line): number => JSON.parse(line).pid))];
}

test("a save says how long it took until it served, and Sensors says that all is up to date", async ({ page, sitePage, createSite }) => {
  await createSite();
  await expect(sitePage.status).toContainText(/Serving revision 1 · (less than 0\.1|\d+(\.\d)?) s after the save/);
  await expect(sitePage.status.getByText("Serving revision 1", { exact: true }), "the contract's name stands alone").toBeVisible();
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Sensors" }).click();
  await expect(page.getByRole("heading", { name: "Sensors", level: 1 })).toBeVisible();
  const main = page.getByRole("main");
  await expect(main).toContainText("Up to date");
  await expect(main).toContainText("2 of 2 serve · no restart since the start");
  await expect(main).toContainText(/Changes ?1 of 1 applied/);
  await expect(main).toContainText(/Last error ?None since the start/);
  for (const { viewport, colorScheme } of looks) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expectSound(page);
  }
});

test("a revision that the sensor rejects is shown with the reason while the one before goes on, on the page and in the list", async ({
  page,
  product,
  sitePage,
  createSite,
  webAuthority,
}) => {
  const { hostName, ca } = await createSite();
  const [siteId = ""] = /[0-9a-f-]{36}/.exec(page.url()) ?? [];
  const { store, tenantId } = await populate(product);
  const tenant = await tenantId("Default");
  const recipient = await store.keyring.recipient();
  const stored = await store.sites.get(tenant, siteId);
  if (recipient === null || !stored?.site.ok) throw new Error("the site was saved");
  // What the console cannot see: a sealed key that does not belong to its certificate.
  const [own, other] = [await createServer(webAuthority, [hostName]), await createServer(webAuthority, [hostName])];
  const pkcs8 = other.keys.privateKey.export({ type: "pkcs8", format: "der" });
  const key = await sealKey(recipient, pkcs8, { siteId, field: "sslCredentials", publicKey: own.publicKey });
  const sslCredentials = { certificates: own.certificate, publicKey: own.publicKey.toString("base64") };
  const change = { tenantId: tenant, siteId, basedOn: 1, author: "test", address: null, now: new Date() };
  await store.sites.save({ ...change, site: { ...stored.site.value, sslCredentials }, keys: [key] });
  store.close();

  const said = /Not serving revision 2: SSL Credentials: .*does not fit the certificate.* Revision 1 keeps serving\./;
  await expect(sitePage.status).toContainText(said);
  expect((await call({ port: product.ports.SENSOR_HTTPS_PORT, hostName, ca })).status).toBe(200);
  await page.goto("/settings/sites");
  const row = page.getByRole("row").filter({ hasText: hostName });
  await expect(row).toContainText("Not serving revision 2");
  await expect(row).toContainText("Revision 1 keeps serving.");
  await expect(row, "what is saved is not what is served").toContainText("saved only");

  await page.goto("/settings/sensors");
  const rejected = page.getByRole("region", { name: "1 site’s saved revision is not served" });
  await expect(rejected).toContainText(`${hostName}: revision 2 was rejected, and revision 1 left serving.`);
  for (const { name, viewport, colorScheme } of looks) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expectSound(page);
    await page.screenshot({ path: test.info().outputPath(`sensors ${name}.png`), fullPage: true });
  }
  await rejected.getByRole("link", { name: hostName }).click();
  await expect(sitePage.status).toContainText(said);
});

test("a worker that crashed is counted and named as the last error, and its place is taken", async ({ page, product }) => {
  await page.goto("/settings/sensors");
  const [worker = 0] = pidsOf(product, "revision serving").slice(-1);
  process.kill(worker, "SIGKILL");
  const main = page.getByRole("main");
  await expect(main).toContainText("2 of 2 serve · 1 restart since the start");
  await expect(main).toContainText(
    /A worker ended and is replaced, its connections were cut\. It ended with SIGKILL\..*It was .* ago and is over\./,
  );
});

test("a sensor that gives no sign of life is said so within seconds, in the list too, and is up to date when it is back", async ({
  page,
  product,
  sitePage,
  createSite,
}) => {
  const { hostName } = await createSite();
  const sensor = pidsOf(product, "sensor listening").at(-1) ?? 0;
  await page.goto("/settings/sensors");
  process.kill(sensor, "SIGSTOP");
  try {
    await expect(page.getByRole("main")).toContainText(/No sign of life, last seen \d+ seconds ago/, { timeout: 10_000 });
    await expect(page.getByRole("status").filter({ hasText: "No sign of life." })).toBeAttached();
    await page.goto("/settings/sites");
    const row = page.getByRole("row").filter({ hasText: hostName });
    await expect(row).toContainText("Waiting for the sensor");
    await expect(page.getByRole("status").filter({ hasText: "clients may get no answer" })).toBeVisible();
    await expect(row).toContainText("saved only");
    await sitePage.open(hostName);
    await page.getByRole("button", { name: "Test origin", exact: true }).click();
    const test = page.getByRole("status").filter({ hasText: "The sensor has not answered yet" });
    await expect(test, "a test of the origin says what it waits for").toContainText("ends within half a minute", { timeout: 10_000 });
    await page.goto("/settings/sites");
    process.kill(sensor, "SIGCONT");
    await expect(row, "the list is live").toContainText("Serving revision 1");
    await expect(row).not.toContainText("saved only");
  } finally {
    process.kill(sensor, "SIGCONT");
  }
  await page.goto("/settings/sensors");
  await expect(page.getByRole("main")).toContainText("Up to date");
});

test("an idle list costs an answer without a body", async ({ page, createSite }) => {
  await createSite();
  const polls: number[] = [];
  page.on("response", (response) => {
    if (/\/api\/tenants\/[^/]+\/serving\?/.test(response.url())) polls.push(response.status());
  });
  await page.goto("/settings/sites");
  await expect.poll(() => polls, { timeout: 10_000 }).toEqual(expect.arrayContaining([200, 304]));
});
