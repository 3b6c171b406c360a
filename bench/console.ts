import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { type Asked, costOf, gzipBytesOf, tagOf } from "#bench/console-requests.ts";
import { fillWithSites } from "#bench/console-sites.ts";
import { saveAndServe, visit } from "#bench/console-visits.ts";
import { describeMachine } from "#bench/machine.ts";
import { median } from "#bench/report.ts";
import { signIn } from "#e2e/pages/sign-in.ts";
import { admin, startProduct } from "#e2e/product.ts";
import { browserOptions } from "#playwright.config.ts";

/**
 * What the console costs with many sites: `node scripts/run.mjs bench/console.ts [--sites 10000] [--rounds 5]`, on Linux, with
 * the production build and a real Chromium. Each round asks for every page over plain HTTP with a session's cookie, visits the
 * two pages with a browser that knows nothing and again, and saves a site until the page says that it is served.
 */
const { values } = parseArgs({ options: { sites: { type: "string", default: "10000" }, rounds: { type: "string", default: "5" } } });
const [count, rounds] = [Number(values.sites), Number(values.rounds)];
const samples = new Map<string, number[]>();

const product = await startProduct({ SENSOR_WORKERS: "1" }, { say: console.log });
const browser = await chromium.launch(browserOptions);
try {
  await measure();
} finally {
  await browser.close();
  await product.remove();
}
console.log(writeResults());

async function measure(): Promise<void> {
  const { url } = product;
  const page = await browser.newPage({ baseURL: url, viewport: { width: 1280, height: 800 } });
  await signIn(page, admin);
  const session = await page.context().storageState();
  await page.goto("about:blank");
  const { tenantId, siteIds } = await fillWithSites(product.dataDir, count);
  const cookie = session.cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  const shown = new URLSearchParams(siteIds.slice(0, 50).map((id) => ["site", id]));
  const [details, states] = [`/settings/sites/${siteIds[0]}`, `/api/tenants/${tenantId}/serving?${shown}`];
  const pages = { "Sites list": "/settings/sites", "Site Details": details };
  const asked: Record<string, Asked> = {
    ...Object.fromEntries(Object.entries(pages).map(([name, path]) => [name, { path }])),
    "Sites list, the last page by expiry": { path: `/settings/sites?sort=expires-descending&page=${Math.ceil(count / 50)}` },
    "Sites list, searched": { path: "/settings/sites?search=s0123" },
    "poll of the list": { path: states },
    "poll of the list, nothing new": { path: states },
    "poll of a site": { path: `/api/sites/${siteIds[0]}/serving` },
    health: { path: "/api/health" },
  };
  await page.goto(details);
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, one] of Object.entries(asked)) {
      const headers: Record<string, string> = { cookie };
      if (name.endsWith("nothing new")) headers["if-none-match"] = await tagOf(url, states, headers);
      const cost = await costOf(url, { ...one, headers }, 20);
      if (cost.status >= 400) throw new Error(`${one.path} is answered ${cost.status}.`);
      record(`${name}: server time, ms`, cost.ms);
      record(`${name}: CPU of the console, ms`, cost.cpuMs);
      record(`${name}: sent, KB gzip`, cost.sentBytes / 1_000);
    }
    for (const [name, path] of Object.entries(pages)) {
      const { cold, warm } = await visit(browser, session, url + path);
      record(`${name}: largest contentful paint, cold, ms`, cold.paintMs);
      record(`${name}: largest contentful paint, warm, ms`, warm.paintMs);
      record(`${name}: JavaScript, cold, KB gzip`, (await gzipBytesOf(cold.scripts)) / 1_000);
      record(`${name}: JavaScript, cold, KB as sent (brotli)`, cold.scriptBytes / 1_000);
      record(`${name}: fonts sent, cold, KB`, cold.fontBytes / 1_000);
      record(`${name}: the document unpacked, KB`, cold.documentLength / 1_000);
    }
    for (let save = 0; save < 5; save += 1) {
      const { savedMs, servingMs } = await saveAndServe(page, 100 + round * 10 + save);
      record("Save → Saved, ms", savedMs);
      record("Save → Serving, ms", servingMs);
    }
    console.log(`round ${round + 1} of ${rounds}`);
  }
}

function record(name: string, value: number): void {
  samples.set(name, [...(samples.get(name) ?? []), value]);
}

function writeResults(): string {
  const folder = join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  const machine = { ...describeMachine(), browser: browser.version() };
  const results = { at: new Date(), machine, sites: count, rounds, samples: Object.fromEntries(samples) };
  writeFileSync(join(folder, "console.json"), `${JSON.stringify(results, null, 1)}\n`);
  const rows = [...samples].map(([name, taken]) => {
    const [middle, low, high] = [median(taken), Math.min(...taken), Math.max(...taken)].map((value) => value.toFixed(1));
    return `| ${name} | ${middle} | ${low}–${high} |`;
  });
  const text = [
    `# console, ${count} sites`,
    "",
    `${results.at.toISOString()} · ${machine.cpu}, ${machine.cores} cores · Linux ${machine.kernel} · Node ${machine.node} · Chromium ${machine.browser}`,
    "",
    "| | median | spread |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
  writeFileSync(join(folder, "console.md"), text);
  return text;
}
