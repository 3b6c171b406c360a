import { type BrowserContext, test as base, expect } from "@playwright/test";
import { watchViolations } from "#e2e/console-violations.ts";
import { type Origin, startOrigin } from "#e2e/origin.ts";
import { signIn } from "#e2e/pages/sign-in.ts";
import { SitePage } from "#e2e/pages/site-page.ts";
import type { Identity } from "#e2e/pki/authority.ts";
import { createAuthority, createServer } from "#e2e/pki/authority.ts";
import { admin, type Product, startProduct } from "#e2e/product.ts";

type Served = { hostName: string; webAuthority: Identity; ca: string; origin: Origin };

type Fixtures = {
  sitePage: SitePage;
  /** Makes a site with TLS to a plain origin through the console, served as revision 1. */
  createSite(options?: { hostName?: string; origin?: Origin; isTerminateOnly?: boolean }): Promise<Served>;
  /** An origin that is closed when the test ends. */
  openOrigin(options?: Parameters<typeof startOrigin>[0]): Promise<Origin>;
};

type SessionState = Awaited<ReturnType<BrowserContext["storageState"]>>;

let sites = 0;

export const test = base.extend<Fixtures, { product: Product; webAuthority: Identity; adminSession: () => Promise<SessionState> }>({
  product: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern.
    async ({}, use) => {
      const product = await startProduct();
      await use(product);
      await product.remove();
    },
    { scope: "worker", timeout: 180_000 },
  ],
  webAuthority: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern.
    async ({}, use) => use(await createAuthority({ commonName: "Web CA" })),
    { scope: "worker" },
  ],
  // One sign-in for each worker, through the page as a person does it, and another one where a test has ended that session.
  adminSession: [
    async ({ product, browser }, use) => {
      const page = await browser.newPage({ baseURL: product.url, storageState: undefined });
      await use(async () => {
        await page.goto("/settings/sites");
        if (new URL(page.url()).pathname === "/login") await signIn(page, admin);
        return page.context().storageState();
      });
      await page.close();
    },
    { scope: "worker" },
  ],
  storageState: async ({ adminSession }, use) => use(await adminSession()),
  // No page, dialog or toast of any test may try what the policy forbids.
  page: async ({ page }, use) => {
    const violations = watchViolations(page);
    await use(page);
    expect(violations, "what the Content Security Policy had to stop").toEqual([]);
  },
  baseURL: async ({ product }, use) => use(product.url),
  sitePage: async ({ page }, use) => use(new SitePage(page)),
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern.
  openOrigin: async ({}, use) => {
    const origins: Origin[] = [];
    await use(async (options) => {
      const origin = await startOrigin(options);
      origins.push(origin);
      return origin;
    });
    await Promise.all(origins.map((origin) => origin.close()));
  },
  createSite: async ({ sitePage, openOrigin, webAuthority }, use, testInfo) => {
    await use(async ({ hostName = `s${++sites}w${testInfo.workerIndex}.shop.test`, origin, isTerminateOnly = false } = {}) => {
      const backend = origin ?? (await openOrigin({ isPlain: isTerminateOnly }));
      await sitePage.openNew();
      await sitePage.fill("Host Name", hostName);
      await sitePage.checkbox("SSL/TLS Enabled").check();
      await sitePage.applySslCredentials((await createServer(webAuthority, [hostName])).bundle);
      if (isTerminateOnly) await sitePage.checkbox("SSL/TLS Terminate Only").check();
      await sitePage.fill("Origin", "127.0.0.1");
      await sitePage.fillNumber(isTerminateOnly ? "HTTP Backend Port" : "HTTPS Backend Port", backend.port);
      if (!isTerminateOnly) {
        await sitePage.fill("Origin CA Certificates", backend.ca);
        await sitePage.fill("Origin Server Name", "origin.test");
      }
      await sitePage.saveAndServe(1);
      return { hostName, webAuthority, ca: webAuthority.certificate, origin: backend };
    });
  },
});

export { expect };
