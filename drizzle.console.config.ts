import { defineConfig } from "drizzle-kit";

/** `npx drizzle-kit generate --config drizzle.console.config.ts` writes the next migration of console.db. */
export default defineConfig({
  dialect: "sqlite",
  schema: ["./lib/store/console-tables.ts", "./lib/store/account-tables.ts"],
  out: "./drizzle/console",
});
