import { expect, test } from "@playwright/test";
import { playTour } from "#e2e/demo/play-tour.ts";
import { tours } from "#e2e/demo/tour.ts";
import { withDemo } from "#e2e/demo/with-demo.ts";

const never = new Promise<void>(() => {});

for (const [name, tour] of Object.entries(tours)) {
  test(`the tour ${name} goes as it is told`, async () => {
    const stills: string[] = [];
    const keepStill = async (still: string) => void stills.push(still);
    await withDemo({ isOnFreePorts: true }, never, (world) =>
      playTour(tour, world, { speed: Number.POSITIVE_INFINITY, isHeadless: true, film: null, keepStill }),
    );
    expect(stills).toEqual([...new Set(stills)]);
  });
}
