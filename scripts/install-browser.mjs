import { existsSync } from "node:fs";
import { runQuietly, StepFailed } from "#scripts/command.mjs";
import { findBrowser } from "#scripts/find-browser.mjs";

/** The browser for the tests: the system's, else the distribution's package, else Playwright's own (then undefined: it finds that itself). */
export async function installBrowser({ node, signal }) {
  return findBrowser() ?? (await installPackage(signal)) ?? (await installOwn(node, signal));
}

async function installPackage(signal) {
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return undefined;
  console.log("Installing the distribution's Chromium for the browser tests …");
  const options = { signal, env: { DEBIAN_FRONTEND: "noninteractive" }, failure: "The distribution's Chromium could not be installed." };
  try {
    await runQuietly("apt-get", ["update"], options);
    await runQuietly("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], options);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    console.error(error.message);
  }
  return findBrowser();
}

async function installOwn(node, signal) {
  console.log("Installing Playwright's Chromium for the browser tests …");
  const failure = "No browser for the tests could be installed; put a Chromium on the PATH.";
  await runQuietly(node, ["node_modules/playwright/cli.js", "install", "chromium"], { signal, failure });
  return undefined;
}
