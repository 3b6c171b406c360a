import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { APIResponse, Page } from "@playwright/test";
import { watchViolations } from "#e2e/console-violations.ts";
import { expect, test } from "#e2e/fixtures.ts";
import { signIn } from "#e2e/pages/sign-in.ts";
import { createAuthority, createServer } from "#e2e/pki/authority.ts";
import { admin, startProduct } from "#e2e/product.ts";
import { serverActions } from "#e2e/raw-console.ts";
import { startTlsProxy } from "#e2e/tls-proxy.ts";

test("every page is rendered for its request, and every script on it carries the answer's nonce", async ({ createSite, page }) => {
  await createSite();
  const siteId = page.url().split("/").at(-1) ?? "";
  const pages = globSync("app/**/page.tsx").map((file) => `/${file.replace(/^app\/|\/?page\.tsx$/g, "").replace("[siteId]", siteId)}`);
  expect(pages.filter((path) => path.includes("["))).toEqual([]);
  const seen = new Set<string>();
  for (const path of [...pages, "/nothing", "/settings/nothing", "/settings/sites/nothing"]) {
    const answer = await page.request.get(path, { maxRedirects: 0 });
    const nonce = nonceOf(answer);
    expect(seen, path).not.toContain(nonce);
    seen.add(nonce);
    const scripts = (await answer.text()).match(/<script\b[^>]*>/g) ?? [];
    expect(scripts.length, path).toBeGreaterThan(0);
    expect(
      scripts.filter((script) => !script.includes(`nonce="${nonce}"`)),
      path,
    ).toEqual([]);
    expect(answer.headers()["cache-control"], path).toContain("no-store");
  }
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`no page, dialog or toast tries what the policy forbids: ${colorScheme}`, async ({ page, sitePage, createSite }) => {
    await page.emulateMedia({ colorScheme });
    const { hostName } = await createSite();
    await page.goto("/settings/sites");
    await page.getByRole("radio", { name: colorScheme === "light" ? "Light" : "Dark", exact: true }).check();
    await page.reload();
    await sitePage.open(hostName);
    await page.getByRole("button", { name: "Edit SSL Credentials" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await page.keyboard.press("Escape");
    await sitePage.checkbox("Downstream mTLS").check();
    await sitePage.fill("Downstream mTLS Credentials", (await createAuthority()).certificate);
    await page.getByRole("link", { name: "Sites", exact: true }).first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Stay" }).click();
    await page.getByRole("button", { name: "Discard" }).click();
    await removeSite(page, hostName);
    for (const path of ["/nothing", "/settings/nothing", "/settings/sites/new"]) await page.goto(path);
  });
}

async function removeSite(page: Page, hostName: string) {
  await page.getByRole("button", { name: "Delete this site" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name of the site" }).fill(hostName);
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page.getByText(`${hostName} was deleted`)).toBeVisible();
  await expect(page).toHaveURL(/\/settings\/sites$/);
}

test("a script without the nonce does not run, and the browser says so", async ({ browser, product }) => {
  const page = await browser.newPage({ baseURL: product.url });
  const violations = watchViolations(page);
  await page.goto("/settings/sites");
  await page.evaluate(() => {
    document.body.insertAdjacentHTML("beforeend", `<img src="nothing" onerror="document.title = 'attacked'"><p style="color: red"></p>`);
    const script = document.createElement("script");
    script.textContent = "document.title = 'attacked'";
    document.body.append(script);
  });
  await expect
    .poll(() => violations.map((violation) => /inline (?:script|style|event handler)/.exec(violation)?.[0]).toSorted())
    .toEqual(["inline event handler", "inline script", "inline style"]);
  await expect(page).toHaveTitle("Sites · Tessera");
  await page.close();
});

test("with a certificate the console is used over HTTPS, actions that Next hands on included", async ({ browser }) => {
  const folder = mkdtempSync(join(tmpdir(), "tessera-tls-"));
  const { certificate, key } = await createServer(await createAuthority(), ["console.test"]);
  const files = { CONSOLE_TLS_CERT: join(folder, "console.crt"), CONSOLE_TLS_KEY: join(folder, "console.key") };
  writeFileSync(files.CONSOLE_TLS_CERT, certificate);
  writeFileSync(files.CONSOLE_TLS_KEY, key);
  const product = await startProduct(files);
  try {
    await expect.poll(() => product.output()).toContain(`open https://console.test:${product.ports.CONSOLE_PORT} `);
    const page = await browser.newPage({ baseURL: product.url, ignoreHTTPSErrors: true });
    await saveSite(page);
    const answer = await page.request.post("/settings/sites", {
      headers: {
        Origin: product.url,
        "Next-Action": serverActions().get("saveSiteAction")?.id ?? "",
        "Content-Type": "text/plain;charset=UTF-8",
      },
      data: "[{}]",
    });
    expect(await answer.text(), "the action ran, although it belongs to another page").toContain("form.shape");
    const [session] = (await page.context().cookies()).filter(({ name, secure }) => secure && name.includes("session"));
    expect(session, "over HTTPS the session is bound to this host").toMatchObject({ name: "__Host-tessera.session_token", httpOnly: true });
    await page.close();
  } finally {
    await product.remove();
    rmSync(folder, { recursive: true });
  }
});

test("behind a proxy that ends TLS the console is used at the proxy's address, and nowhere else", async ({ browser }) => {
  const proxy = await startTlsProxy();
  const product = await startProduct({ CONSOLE_URL: proxy.url, CONSOLE_TRUSTED_PROXIES: "127.0.0.1/32" });
  try {
    proxy.pointAt(product.ports.CONSOLE_PORT);
    await expect.poll(() => product.output()).toContain(`open ${proxy.url} `);
    const page = await browser.newPage({ baseURL: proxy.url, ignoreHTTPSErrors: true });
    await saveSite(page);
    const direct = await page.request.get(`http://localhost:${product.ports.CONSOLE_PORT}/settings/sites`);
    expect(direct.status()).toBe(421);
    await page.close();
  } finally {
    await product.remove();
    await proxy.close();
  }
});

/** Adds a site, as an action of the browser, and waits until the sensor serves it. */
async function saveSite(page: Page) {
  const violations = watchViolations(page);
  await signIn(page, admin);
  await page.goto("/settings/sites/new");
  await page.getByRole("textbox", { name: "Host Name" }).fill("saved.shop.test");
  await page.getByRole("textbox", { name: "Origin", exact: true }).fill("127.0.0.1");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("status").filter({ hasText: "Serving revision 1" })).toBeVisible();
  expect(violations).toEqual([]);
}

function nonceOf(answer: APIResponse): string {
  const policy = answer.headers()["content-security-policy"] ?? "";
  expect(policy).not.toContain("unsafe");
  return /script-src [^;]*'nonce-([^']{22,})'/.exec(policy)?.[1] ?? "";
}
