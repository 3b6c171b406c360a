import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Organisations; every site belongs to one. */
export const tenants = sqliteTable("tenants", {
  id: text("id").primaryKey(),
  name: text("name").notNull().unique(),
  createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
});

/** A tenant's feature flags; a missing row is a flag that is off. */
export const features = sqliteTable(
  "features",
  {
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id),
    name: text("name").notNull(),
    isOn: integer("is_on", { mode: "boolean" }).notNull(),
    author: text("author").notNull(),
    changedAt: integer("changed_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.name] })],
);

/** One row per site: the pointer to its current revision. A deleted site keeps its row and its revisions. */
export const sites = sqliteTable(
  "sites",
  {
    id: text("id").primaryKey(),
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id),
    revision: integer("revision").notNull(),
    changeNumber: integer("change_number").notNull(),
    isDeleted: integer("is_deleted", { mode: "boolean" }).notNull(),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [uniqueIndex("sites_by_change").on(table.changeNumber), index("sites_by_tenant").on(table.tenantId, table.isDeleted)],
);

/** Immutable: every save and the deletion of a site with its whole content, its author and time. */
export const revisions = sqliteTable(
  "revisions",
  {
    siteId: text("site_id")
      .notNull()
      .references(() => sites.id),
    number: integer("number").notNull(),
    changeNumber: integer("change_number").notNull(),
    content: text("content").notNull(),
    isDeletion: integer("is_deletion", { mode: "boolean" }).notNull(),
    /** The number of the revision that this one brought back, null for what was typed. */
    restoredFrom: integer("restored_from"),
    author: text("author").notNull(),
    savedAt: integer("saved_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.siteId, table.number] }), uniqueIndex("revisions_by_change").on(table.changeNumber)],
);

/** One row: the number of the newest change, counted up inside each writing transaction. */
export const changeCounter = sqliteTable("change_counter", {
  id: integer("id").primaryKey(),
  value: integer("value").notNull(),
});

/**
 * Names taken, in normal form: `shop.test` or `*.shop.test`. `parent` is what a wildcard over it would be written for.
 * A name with `reservedUntil` belongs to no site any more, but to its tenant until then.
 */
export const siteNames = sqliteTable(
  "site_names",
  {
    name: text("name").primaryKey(),
    parent: text("parent").notNull(),
    isWildcard: integer("is_wildcard", { mode: "boolean" }).notNull(),
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id),
    siteId: text("site_id")
      .notNull()
      .references(() => sites.id),
    reservedUntil: integer("reserved_until", { mode: "timestamp_ms" }),
  },
  (table) => [
    index("site_names_by_parent").on(table.parent, table.isWildcard, table.tenantId),
    index("site_names_by_site").on(table.siteId),
    index("site_names_by_reservation").on(table.reservedUntil),
  ],
);

/**
 * Private keys, sealed for the sensor alone; revisions refer to them by site, field and SHA-256 of the public half. Of a
 * key that was destroyed the row remains with nothing sealed in it, so that a later restore can say so.
 */
export const sealedKeys = sqliteTable(
  "sealed_keys",
  {
    siteId: text("site_id")
      .notNull()
      .references(() => sites.id),
    field: text("field", { enum: ["sslCredentials", "upstreamMtlsCredentials"] }).notNull(),
    publicKeySha256: text("public_key_sha256").notNull(),
    publicKey: blob("public_key", { mode: "buffer" }).notNull(),
    sealed: blob("sealed", { mode: "buffer" }).notNull(),
    keyringKeyId: text("keyring_key_id").notNull(),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
    destroyedAt: integer("destroyed_at", { mode: "timestamp_ms" }),
    destroyedBy: text("destroyed_by"),
  },
  (table) => [primaryKey({ columns: [table.siteId, table.field, table.publicKeySha256] })],
);

/**
 * Who changed what, when and from where: rows are only ever added, each in the transaction of its change, and each holds
 * the hash of the one before. SQLite never gives an id of this table twice, so that a row cut from the end is missed too.
 */
export const auditLog = sqliteTable(
  "audit_log",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    at: integer("at", { mode: "timestamp_ms" }).notNull(),
    actor: text("actor").notNull(),
    address: text("address"),
    tenantId: text("tenant_id"),
    action: text("action").notNull(),
    subject: text("subject"),
    detail: text("detail").notNull(),
    previousHash: text("previous_hash").notNull(),
    hash: text("hash").notNull(),
  },
  (table) => [index("audit_log_by_tenant").on(table.tenantId, table.id)],
);

/**
 * Keys of the keyring that stored private keys are sealed for, so that a lost keyring file is noticed and never replaced.
 * `publicKey` is the raw X25519 half: what the console seals for is the newest.
 */
export const keyringKeys = sqliteTable("keyring_keys", {
  id: text("id").primaryKey(),
  publicKey: blob("public_key", { mode: "buffer" }),
  recordedAt: integer("recorded_at", { mode: "timestamp_ms" }).notNull(),
});

/**
 * Where a tenant is told of certificates that run out, one address each. The address and the signing secret are sealed for the
 * sensor together, since an address often holds a secret too; `host` is what pages show of it.
 */
export const webhooks = sqliteTable("webhooks", {
  tenantId: text("tenant_id")
    .primaryKey()
    .references(() => tenants.id),
  id: text("id").notNull(),
  host: text("host").notNull(),
  sealed: blob("sealed", { mode: "buffer" }).notNull(),
  keyringKeyId: text("keyring_key_id").notNull(),
  author: text("author").notNull(),
  setAt: integer("set_at", { mode: "timestamp_ms" }).notNull(),
});
