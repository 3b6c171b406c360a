import { defineConfig } from "@playwright/test";
import { findBrowser } from "#scripts/find-browser.mjs";

// `npm test` says which browser to use, or "" for Playwright's own; alone, this looks once and tells the workers.
process.env.TESSERA_BROWSER ??= findBrowser() ?? "";

const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];

/** How every browser of the tests and the demo is started. */
export const browserOptions = {
  executablePath: process.env.TESSERA_BROWSER || undefined,
  args: [...asRoot, "--disable-background-networking", "--disable-component-update", "--disable-sync"],
};

export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.spec.ts",
  outputDir: "test-results",
  workers: 2,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  reporter: "list",
  use: {
    browserName: "chromium",
    screenshot: "only-on-failure",
    launchOptions: browserOptions,
  },
});
