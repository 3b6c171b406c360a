import { defineConfig } from "vitest/config";

/** What takes minutes: one file after the other, so that what is measured is not another test's doing. */
export default defineConfig({
  test: {
    include: ["{lib,sensor}/**/*.long.test.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 30 * 60_000,
    hookTimeout: 60_000,
  },
});
