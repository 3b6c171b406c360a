import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call } from "#e2e/client.ts";
import { test as base, expect } from "#e2e/fixtures.ts";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { type Product, startProduct } from "#e2e/product.ts";
import { expectSound, looks } from "#e2e/sound.ts";

const day = 86_400_000;

type Receiver = { url: string; received: { headers: IncomingMessage["headers"]; body: string }[]; close(): Promise<void> };

// A product of its own, whose sensor trusts the test's CA for webhooks beside the public roots.
const test = base.extend<object, { hookAuthority: Identity; product: Product }>({
  hookAuthority: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern.
    async ({}, use) => use(await createAuthority({ commonName: "Hook CA" })),
    { scope: "worker" },
  ],
  product: [
    async ({ hookAuthority }, use) => {
      const folder = mkdtempSync(join(tmpdir(), "tessera-hook-"));
      writeFileSync(join(folder, "ca.pem"), hookAuthority.certificate);
      const product = await startProduct({ NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") });
      await use(product);
      await product.remove();
      rmSync(folder, { recursive: true });
    },
    { scope: "worker", timeout: 180_000 },
  ],
});

async function startReceiver(authority: Identity): Promise<Receiver> {
  const { certificate, key } = await createServer(authority, ["localhost"]);
  const received: Receiver["received"] = [];
  const server = createHttpsServer({ cert: certificate, key }, async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    received.push({ headers: request.headers, body });
    response.writeHead(204).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}/in?token=T0KEN`,
    received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test("what runs out is listed with what breaks, told to the webhook once, and found by date", async ({
  page,
  product,
  sitePage,
  createSite,
  hookAuthority,
}) => {
  await page.goto("/settings/certificates");
  await expect(page.getByRole("heading", { name: "Certificates", exact: true })).toBeVisible();
  await expect(page.getByRole("heading", { name: "No certificates yet" })).toBeVisible();

  const receiver = await startReceiver(hookAuthority);
  await page.getByRole("button", { name: "Set webhook" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Webhook URL" }).fill("http://hooks.example.com");
  await page.keyboard.press("Enter");
  await expect(dialog.getByText(/begins with https/)).toBeVisible();
  await dialog.getByRole("textbox", { name: "Webhook URL" }).fill("https://169.254.169.254/");
  await page.keyboard.press("Enter");
  await expect(dialog.getByText(/The sensor may not connect there: 169\.254\.169\.254 is a link-local address/)).toBeVisible();
  await dialog.getByRole("textbox", { name: "Webhook URL" }).fill(receiver.url);
  await page.keyboard.press("Enter");
  const secret = await dialog.getByRole("group", { name: "signing secret" }).locator("code").innerText();
  expect(secret).toMatch(/^whsec_/);
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Test webhook" }).click();
  await expect(page.getByText("The webhook answered 204. Notices arrive there.")).toBeVisible();
  expect(JSON.parse(receiver.received[0]?.body ?? "").type).toBe("webhook.test");

  const { hostName, ca } = await createSite({ hostName: "shop.certificates.test" });
  const partners = await createAuthority({ commonName: "Partner CA 2016", notAfter: new Date(Date.now() + 5.5 * day) });
  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", partners.certificate);
  await sitePage.saveAndServe(2);
  const partner = await createClient(partners, { commonName: "<b>partner-17</b>", notAfter: new Date(Date.now() + 5 * day) });
  expect((await call({ port: product.ports.SENSOR_HTTPS_PORT, hostName, ca, client: partner })).status).toBe(200);
  await expect.poll(() => receiver.received.length, { timeout: 20_000 }).toBe(2);
  const [told] = JSON.parse(receiver.received[1]?.body ?? "").data.certificates;
  const effect = `Clients of Partner CA 2016 are refused on ${hostName}.`;
  expect(told).toMatchObject({ kind: "client-ca", thresholdDays: 7, consequence: effect });

  await page.goto("/settings/sites");
  await expect(page.getByRole("row").filter({ hasText: hostName })).toContainText(/Expires in 5 days.*Client CA/);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Certificates" }).click();
  const notices = page.getByRole("region", { name: "1 certificate needs to be renewed" });
  await expect(notices).toContainText(
    `Partner CA 2016 (client CA) runs out in 5 days. After that: ${effect} Paste the renewed one in Site Details.`,
  );
  await expect(page.getByRole("region", { name: "Webhook" })).toContainText(/1 certificate, .*: answered 204/);
  const html = await page.content();
  for (const text of [secret, "T0KEN"]) expect(html).not.toContain(text);

  const rows = page.getByRole("row").filter({ has: page.getByRole("link", { name: hostName }) });
  await expect(rows.first(), "first to run out first").toContainText("Partner CA 2016");
  await page.getByRole("combobox", { name: "Show" }).selectOption("Client certificates seen");
  await expect(rows).toHaveCount(1);
  await expect(rows, "a name is text, whatever it says").toContainText("\\<b\\>partner-17\\</b\\>");
  await expect(rows).toContainText(`partner-17\\</b\\> is refused on ${hostName}.`);
  await expect(page).toHaveURL(/\?kind=client$/);
  await page.reload();
  await expect(rows, "the filter outlives a reload").toHaveCount(1);
  await page.getByRole("combobox", { name: "Show" }).selectOption("All that sites use");

  await page.getByRole("tab", { name: "List" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/view=dates/);
  const soon = new Date(partners.x509.notAfter).toLocaleDateString("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  });
  await expect(page.getByRole("region", { name: `Breaks on ${soon}` })).toContainText(effect);
  await page.getByRole("combobox", { name: "Which sites break" }).selectOption("In the next 7 days");
  await expect(page.getByRole("region", { name: /^Breaks on/ })).toHaveCount(1);

  for (const { name, viewport, colorScheme } of looks) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const view of ["", "?view=dates"]) {
      await page.goto(`/settings/certificates${view}`);
      await expect(notices).toBeVisible();
      await expectSound(page);
      await page.screenshot({ path: test.info().outputPath(`certificates ${name}${view && " by date"}.png`), fullPage: true });
    }
  }

  await page.setViewportSize({ width: 1280, height: 900 });
  await receiver.close();
  await page.getByRole("button", { name: "Test webhook" }).click();
  await expect(page.getByText("The webhook could not connect: connection refused.")).toBeVisible();
  await page.getByRole("button", { name: "Remove webhook" }).click();
  await expect(dialog).toContainText("Nobody at https://localhost:");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: "Test webhook" }), "asked, and answered no").toBeVisible();
  await page.getByRole("button", { name: "Remove webhook" }).click();
  await dialog.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(page.getByText("No webhook is set.")).toBeVisible();
  await page.goto("/settings/audit-log");
  await expect(page.getByText("Webhook removed")).toBeVisible();
  for (const text of [secret, "T0KEN"]) expect(await page.content(), "the audit log knows the host alone").not.toContain(text);
  for (const text of [secret, secret.slice(6), "T0KEN"]) expect(product.output()).not.toContain(text);
});
