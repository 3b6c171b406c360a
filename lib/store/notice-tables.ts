import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { CertificateKind } from "#lib/site/certificate-kind.ts";

/** What somebody has been told of, once: that a site's certificate of this use runs out within so many days. */
export const expiryNotices = sqliteTable(
  "expiry_notices",
  {
    siteId: text("site_id").notNull(),
    use: text("use").$type<CertificateKind>().notNull(),
    fingerprint: text("fingerprint").notNull(),
    days: integer("days").notNull(),
    at: integer("at", { mode: "timestamp_ms" }).notNull(),
    notAfter: integer("not_after", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.siteId, table.use, table.fingerprint, table.days] })],
);

/** Messages to webhooks, and how it went; `body` is sent as it stands, however often. */
export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    id: text("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    body: text("body").notNull(),
    /** Site, use and fingerprint of each certificate it tells of: when none is in use any more it is not sent. */
    places: text("places", { mode: "json" }).$type<[siteId: string, use: CertificateKind, fingerprint: string][]>().notNull(),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
    state: text("state", { enum: ["pending", "delivered", "given-up", "withdrawn"] }).notNull(),
    attempts: integer("attempts").notNull(),
    /** When it is tried next, while it is pending. */
    nextAt: integer("next_at", { mode: "timestamp_ms" }).notNull(),
    lastAt: integer("last_at", { mode: "timestamp_ms" }),
    lastStatus: integer("last_status"),
    lastReason: text("last_reason"),
  },
  (table) => [
    index("webhook_deliveries_by_tenant").on(table.tenantId, table.createdAt),
    index("webhook_deliveries_pending").on(table.nextAt).where(sql`state = 'pending'`),
  ],
);
