import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { playTour } from "#e2e/demo/play-tour.ts";
import { tours } from "#e2e/demo/tour.ts";
import { withDemo } from "#e2e/demo/with-demo.ts";

const folder = "docs/pictures";
const looks = ["light", "dark"] as const;

/** Makes every picture that README and docs show, `NAME-light.png` and `NAME-dark.png`, out of the stills of that name in the tours. */
export async function makePictures(stopped: Promise<void>): Promise<void> {
  const wanted = await shownPictures();
  for (const [name, tour] of Object.entries(tours)) {
    console.log(`Playing the tour ${name} …`);
    const isDone = await withDemo({ isOnFreePorts: true }, stopped, (world) =>
      playTour(tour, world, { speed: Number.POSITIVE_INFINITY, isHeadless: true, film: null, keepStill }),
    );
    if (!isDone) return;
  }
  if (wanted.size > 0) throw new Error(`No tour has a still of this name: ${[...wanted].join(", ")}`);

  async function keepStill(name: string, page: Page) {
    if (!wanted.delete(name)) return;
    for (const look of looks) {
      await page.emulateMedia({ colorScheme: look });
      await page.screenshot({ path: join(folder, `${name}-${look}.png`), animations: "disabled" });
    }
    await page.emulateMedia({ colorScheme: null });
  }
}

/** The names of the pictures that a page of the project points to. */
export async function shownPictures(): Promise<Set<string>> {
  const pages = (await readdir("docs", { recursive: true })).filter((file) => file.endsWith(".md")).map((file) => join("docs", file));
  const texts = await Promise.all(["README.md", ...pages].map((file) => readFile(file, "utf8")));
  return new Set(texts.flatMap((text) => [...text.matchAll(/pictures\/([\w-]+)-(?:light|dark)\.png/g)].map(([, name = ""]) => name)));
}
