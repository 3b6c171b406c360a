import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
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
  (table) => [
    primaryKey({ columns: [table.siteId, table.revision] }),
    // The page Sensors asks every two seconds for the few that were rejected.
    index("acknowledgements_rejected").on(table.siteId, table.revision).where(sql`${table.state} = 'rejected'`),
  ],
);

/** One row: counts the words on revisions, so that a reader sees at once whether there is a new one. */
export const acknowledgementCounter = sqliteTable("acknowledgement_counter", {
  id: integer("id").primaryKey(),
  value: integer("value").notNull(),
});

/** One row per sensor: its last sign of life. */
export const sensors = sqliteTable("sensors", {
  id: text("id").primaryKey(),
  startedAt: integer("started_at", { mode: "timestamp_ms" }).notNull(),
  at: integer("at", { mode: "timestamp_ms" }).notNull(),
  /** The last sign of life while a worker served, null when none ever did. */
  servingAt: integer("serving_at", { mode: "timestamp_ms" }),
  /** When it was asked to stop, null while it was not. */
  stoppedAt: integer("stopped_at", { mode: "timestamp_ms" }),
  version: text("version").notNull(),
  workersWanted: integer("workers_wanted").notNull().default(0),
  workersServing: integer("workers_serving").notNull().default(0),
  /** Workers that ended unasked since the start. */
  workersLost: integer("workers_lost").notNull().default(0),
  connections: integer("connections").notNull().default(0),
  appliedChangeNumber: integer("applied_change_number").notNull(),
  lastError: text("last_error"),
  lastErrorAt: integer("last_error_at", { mode: "timestamp_ms" }),
  isErrorOver: integer("is_error_over", { mode: "boolean" }).notNull().default(false),
  /** Ids of the keyring's keys that every process of this sensor can open. */
  keyIds: text("key_ids", { mode: "json" }).$type<string[]>().notNull().default([]),
});
