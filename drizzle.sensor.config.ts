import { defineConfig } from "drizzle-kit";

/** `npx drizzle-kit generate --config drizzle.sensor.config.ts` writes the next migration of sensor.db. */
export default defineConfig({
  dialect: "sqlite",
  schema: ["./lib/store/sensor-tables.ts", "./lib/store/ledger-tables.ts", "./lib/store/notice-tables.ts"],
  out: "./drizzle/sensor",
});
