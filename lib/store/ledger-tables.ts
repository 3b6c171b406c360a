import { sql } from "drizzle-orm";
import { blob, index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { LedgerVerdict } from "#lib/site/verdict.ts";

/** Where a site's id stands in a row and there is none: no site was found for the connection or request. */
export const noSite = "";

/** What happened to whom. Rows are only added and, oldest first within their lane, deleted; ids are never given twice. */
export const ledgerEvents = sqliteTable(
  "ledger_events",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    at: integer("at", { mode: "timestamp_ms" }).notNull(),
    siteId: text("site_id").notNull(),
    kind: text("kind", { enum: ["handshake", "request", "origin"] }).notNull(),
    verdict: text("verdict").$type<LedgerVerdict>().notNull(),
    isRefused: integer("is_refused", { mode: "boolean" }).notNull(),
    /** Whose quota the row counts in: twice the caller's place among `callers`, plus one for a request. */
    lane: integer("lane").notNull(),
    address: text("address").notNull(),
    /** As the client asked for it: the handshake's SNI, on the HTTP port the request's host. */
    serverName: text("server_name"),
    protocol: text("protocol"),
    cipher: text("cipher"),
    alpn: text("alpn"),
    fingerprint: text("fingerprint"),
    subject: text("subject"),
    code: text("code"),
    reason: text("reason"),
    status: integer("status"),
    requestId: text("request_id"),
    originAddress: text("origin_address"),
    revision: integer("revision"),
  },
  (table) => [
    index("ledger_events_by_site").on(table.siteId),
    index("ledger_events_by_lane").on(table.siteId, table.lane),
    index("ledger_events_by_time").on(table.at),
    index("ledger_events_by_request").on(table.requestId).where(sql`request_id IS NOT NULL`),
    index("ledger_events_by_certificate").on(table.siteId, table.fingerprint).where(sql`fingerprint IS NOT NULL`),
  ],
);

/** One row per site, kind, certificate (empty for none) and verdict, counted since it was first seen. */
export const ledgerGroups = sqliteTable(
  "ledger_groups",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    siteId: text("site_id").notNull(),
    kind: text("kind", { enum: ["handshake", "request", "origin"] }).notNull(),
    fingerprint: text("fingerprint").notNull(),
    verdict: text("verdict").$type<LedgerVerdict>().notNull(),
    isRefused: integer("is_refused", { mode: "boolean" }).notNull(),
    caller: integer("caller").notNull(),
    count: integer("count").notNull(),
    firstAt: integer("first_at", { mode: "timestamp_ms" }).notNull(),
    lastAt: integer("last_at", { mode: "timestamp_ms" }).notNull(),
    lastAddress: text("last_address").notNull(),
    lastCode: text("last_code"),
    lastReason: text("last_reason"),
    lastRevision: integer("last_revision"),
    subject: text("subject"),
    /** Fingerprints of the issuers that came with the certificate when any last did, in order. */
    chain: text("chain", { mode: "json" }).$type<string[]>().notNull(),
  },
  (table) => [
    uniqueIndex("ledger_groups_by_key").on(table.siteId, table.fingerprint, table.verdict, table.kind, table.isRefused),
    index("ledger_groups_by_site").on(table.siteId, table.lastAt),
    index("ledger_groups_by_caller").on(table.siteId, table.caller, table.lastAt),
    index("ledger_groups_by_time").on(table.lastAt),
  ],
);

/** Each certificate that clients presented, once; `siteId` and `caller` are those of the best handshake it came in. */
export const ledgerCertificates = sqliteTable(
  "ledger_certificates",
  {
    fingerprint: text("fingerprint").primaryKey(),
    siteId: text("site_id").notNull(),
    caller: integer("caller").notNull(),
    lastAt: integer("last_at", { mode: "timestamp_ms" }).notNull(),
    subject: text("subject").notNull(),
    issuer: text("issuer").notNull(),
    commonName: text("common_name"),
    serial: text("serial").notNull(),
    notBefore: integer("not_before", { mode: "timestamp_ms" }).notNull(),
    notAfter: integer("not_after", { mode: "timestamp_ms" }).notNull(),
    names: text("names").notNull(),
    extendedKeyUsage: text("extended_key_usage"),
    key: text("key").notNull(),
    isCa: integer("is_ca", { mode: "boolean" }).notNull(),
    der: blob("der", { mode: "buffer" }).notNull(),
  },
  (table) => [
    index("ledger_certificates_by_caller").on(table.siteId, table.caller, table.lastAt),
    index("ledger_certificates_by_time").on(table.lastAt),
  ],
);

/** How often each thing happened in a span of `width` seconds that begins at `start`, for the plot. */
export const ledgerBuckets = sqliteTable(
  "ledger_buckets",
  {
    id: integer("id").primaryKey(),
    siteId: text("site_id").notNull(),
    width: integer("width").notNull(),
    start: integer("start", { mode: "timestamp_ms" }).notNull(),
    /** `lost`: what could not be kept, `verdict` being DROPPED or EVICTED. */
    kind: text("kind", { enum: ["handshake", "request", "origin", "lost"] }).notNull(),
    verdict: text("verdict").$type<LedgerVerdict | "DROPPED" | "EVICTED">().notNull(),
    isRefused: integer("is_refused", { mode: "boolean" }).notNull(),
    count: integer("count").notNull(),
  },
  (table) => [
    uniqueIndex("ledger_buckets_by_key").on(table.siteId, table.width, table.start, table.kind, table.verdict, table.isRefused),
    index("ledger_buckets_by_time").on(table.width, table.start),
  ],
);
