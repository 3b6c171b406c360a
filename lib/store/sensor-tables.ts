import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Problem } from "#lib/site/problem.ts";

/** What the sensor made of each revision it was asked to serve. */
export const acknowledgements = sqliteTable(
  "acknowledgements",
  {
    siteId: text("site_id").notNull(),
    revision: integer("revision").notNull(),
    state: text("state", { enum: ["serving", "rejected"] }).notNull(),
    problems: text("problems", { mode: "json" }).$type<Problem[]>().notNull(),
    fallbackRevision: integer("fallback_revision"),
    at: integer("at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.siteId, table.revision] })],
);

/** One row per sensor: its last sign of life. */
export const sensors = sqliteTable("sensors", {
  id: text("id").primaryKey(),
  startedAt: integer("started_at", { mode: "timestamp_ms" }).notNull(),
  at: integer("at", { mode: "timestamp_ms" }).notNull(),
  version: text("version").notNull(),
  appliedChangeNumber: integer("applied_change_number").notNull(),
  lastError: text("last_error"),
  /** Ids of the keyring's keys that every process of this sensor can open. */
  keyIds: text("key_ids", { mode: "json" }).$type<string[]>().notNull().default([]),
});
