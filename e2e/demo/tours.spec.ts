import { test } from "@playwright/test";
import { startDemo } from "#e2e/demo/demo-world.ts";
import { playTour } from "#e2e/demo/play-tour.ts";
import { tours } from "#e2e/demo/tour.ts";

for (const [name, tour] of Object.entries(tours)) {
  test(`the tour ${name} goes as it is told`, async () => {
    const world = await startDemo({ isOnFreePorts: true });
    try {
      await playTour(tour, world, { speed: Number.POSITIVE_INFINITY, isHeadless: true, recordFolder: null });
    } finally {
      await world.close();
    }
  });
}
