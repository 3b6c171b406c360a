import { type Browser, chromium, type Page } from "@playwright/test";
import type { DemoWorld } from "#e2e/demo/demo-world.ts";
import { recordFilm } from "#e2e/demo/film.ts";
import { setStage } from "#e2e/demo/stage.ts";
import type { Tour } from "#e2e/demo/tour.ts";
import { signIn } from "#e2e/pages/sign-in.ts";
import { browserOptions } from "#playwright.config.ts";

export type Playing = {
  /** Keeps a picture of the page at a moment that the tour names. */
  keepStill: (name: string, page: Page) => Promise<void>;
  /** 1 is a human pace; infinite: no pause, and nothing laid over the page. */
  speed: number;
  isHeadless: boolean;
  /** Where the film goes, WebM; null: none is made. */
  film: string | null;
};

const size = { width: 1_280, height: 800 };

/** Plays a tour in a browser of its own from the sign-in on. Rejects where the product does not do what the tour says. */
export async function playTour(tour: Tour, world: DemoWorld, { speed, isHeadless, film, keepStill }: Playing): Promise<void> {
  const browser = await chromium.launch({ ...browserOptions, headless: isHeadless, slowMo: 350 / speed });
  try {
    const isShown = Number.isFinite(speed);
    const page = await openConsole(browser, world, { bypassCSP: isShown });
    const camera = film === null ? null : await recordFilm(page, size);
    if (isShown) await page.screencast.showActions({ duration: 600 / speed, style: { title: "display:none" } });
    await tour.play(setStage(page, world, { speed, keepStill }));
    if (film !== null) await camera?.save(film);
  } finally {
    await browser.close();
  }
}

// What Playwright lays over a page has its look in style attributes, which the console's policy forbids.
async function openConsole(browser: Browser, { product, admin }: DemoWorld, options: { bypassCSP: boolean }): Promise<Page> {
  const page = await browser.newPage({ baseURL: product.url, viewport: size, ...options });
  await signIn(page, admin);
  return page;
}
