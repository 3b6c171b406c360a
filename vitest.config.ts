import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{lib,sensor,scripts,components,lint}/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "**/*.long.test.ts"],
    environment: "node",
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
