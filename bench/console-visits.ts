import type { Browser, BrowserContext, Page } from "@playwright/test";

/** What a visit of a page cost the browser: milliseconds, and bytes as they came over the wire and unpacked. */
export type Visit = {
  paintMs: number;
  scripts: string[];
  scriptBytes: number;
  documentBytes: number;
  documentLength: number;
  fontBytes: number;
};

type State = Awaited<ReturnType<BrowserContext["storageState"]>>;

/** Visits a page with nothing kept, then once more with what the first visit left in the browser's cache. */
export async function visit(browser: Browser, storageState: State, url: string): Promise<{ cold: Visit; warm: Visit }> {
  const context = await browser.newContext({ storageState, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.addInitScript(observePaint);
  const cold = await visitOnce(page, url);
  const warm = await visitOnce(page, url);
  await context.close();
  return { cold, warm };
}

async function visitOnce(page: Page, url: string): Promise<Visit> {
  await page.goto(url, { waitUntil: "networkidle", timeout: 180_000 });
  return page.evaluate(readVisit);
}

/** Runs in the page before anything else: remembers when what is painted largest was painted. */
function observePaint() {
  const remember = (list: PerformanceObserverEntryList) => {
    document.documentElement.dataset.paintMs = String(list.getEntries().at(-1)?.startTime);
  };
  new PerformanceObserver(remember).observe({ type: "largest-contentful-paint", buffered: true });
}

function readVisit() {
  const resources = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
  const [own] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const bytesOf = (ending: RegExp) =>
    resources
      .filter(({ name }) => ending.test(new URL(name).pathname))
      .reduce((sum, { transferSize, encodedBodySize }) => sum + (transferSize === 0 ? 0 : encodedBodySize), 0);
  return {
    paintMs: Number(document.documentElement.dataset.paintMs),
    scripts: resources.map(({ name }) => name).filter((name) => new URL(name).pathname.endsWith(".js")),
    scriptBytes: bytesOf(/\.js$/),
    fontBytes: bytesOf(/\.woff2$/),
    documentBytes: own?.encodedBodySize ?? 0,
    documentLength: own?.decodedBodySize ?? 0,
  };
}

/** Changes a number in Site Details and presses Save; milliseconds until the page says that it is saved, and that it is served. */
export async function saveAndServe(page: Page, value: number): Promise<{ savedMs: number; servingMs: number }> {
  await page.getByRole("spinbutton", { name: "Proxy Read Timeout" }).fill(String(value));
  const button = await page.getByRole("button", { name: "Save", exact: true }).elementHandle();
  if (button === null) throw new Error("There is no button Save.");
  return page.evaluate(pressSave, button);
}

async function pressSave(button: HTMLElement | SVGElement) {
  const status = () => [...document.querySelectorAll("[role=status]")].map(({ textContent }) => textContent).join(" ");
  const before = /Serving revision (\d+)/.exec(status())?.[1] ?? "0";
  const next = Number(before) + 1;
  const started = performance.now();
  const until = (text: string) =>
    new Promise<number>((resolve) => {
      const look = () => {
        if (!status().includes(text)) return;
        observer.disconnect();
        resolve(performance.now() - started);
      };
      const observer = new MutationObserver(look);
      observer.observe(document.body, { subtree: true, childList: true, characterData: true });
    });
  const [saved, serving] = [until(`Saved revision ${next}`), until(`Serving revision ${next}`)];
  (button as HTMLElement).click();
  return { savedMs: await saved, servingMs: await serving };
}
