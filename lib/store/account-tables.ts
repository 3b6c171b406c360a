import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { tenants } from "#lib/store/console-tables.ts";

const time = (name: string) => integer(name, { mode: "timestamp_ms" });
const flag = (name: string) => integer(name, { mode: "boolean" });

/** People who may sign in, never deleted; better-auth's model `user` with two columns of our own at its end. */
export const users = sqliteTable("users", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  /** In lower case. */
  email: text("email").notNull().unique(),
  emailVerified: flag("email_verified").notNull(),
  image: text("image"),
  twoFactorEnabled: flag("two_factor_enabled").notNull().default(false),
  createdAt: time("created_at").notNull(),
  updatedAt: time("updated_at").notNull(),
  isChannelAdmin: flag("is_channel_admin").notNull().default(false),
  deactivatedAt: time("deactivated_at"),
});

const userId = () =>
  text("user_id")
    .notNull()
    .references(() => users.id);

/** Open sessions; better-auth's model `session`. `tenantId` is the tenant chosen in the menu. */
export const sessions = sqliteTable(
  "sessions",
  {
    id: text("id").primaryKey(),
    userId: userId(),
    token: text("token").notNull().unique(),
    expiresAt: time("expires_at").notNull(),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
    tenantId: text("tenant_id").references(() => tenants.id),
  },
  (table) => [index("sessions_by_user").on(table.userId)],
);

/** Password hashes; better-auth's model `account`, of which only provider `credential` exists here. */
export const credentials = sqliteTable(
  "credentials",
  {
    id: text("id").primaryKey(),
    userId: userId(),
    accountId: text("account_id").notNull(),
    providerId: text("provider_id").notNull(),
    /** scrypt; null after a reset until the person has chosen a new one. */
    password: text("password"),
    accessToken: text("access_token"),
    refreshToken: text("refresh_token"),
    idToken: text("id_token"),
    accessTokenExpiresAt: time("access_token_expires_at"),
    refreshTokenExpiresAt: time("refresh_token_expires_at"),
    scope: text("scope"),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
  },
  (table) => [uniqueIndex("credentials_by_user").on(table.userId, table.providerId)],
);

/** Sign-ins that wait for their second factor; better-auth's model `verification`. */
export const verifications = sqliteTable(
  "verifications",
  {
    id: text("id").primaryKey(),
    identifier: text("identifier").notNull(),
    value: text("value").notNull(),
    expiresAt: time("expires_at").notNull(),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
  },
  (table) => [index("verifications_by_identifier").on(table.identifier)],
);

/** Second factors, encrypted under the console's secret; better-auth's model `twoFactor`. */
export const twoFactors = sqliteTable(
  "two_factors",
  {
    id: text("id").primaryKey(),
    userId: userId(),
    secret: text("secret").notNull(),
    backupCodes: text("backup_codes").notNull(),
    verified: flag("verified").default(true),
    failedVerificationCount: integer("failed_verification_count").default(0),
    lockedUntil: time("locked_until"),
  },
  (table) => [uniqueIndex("two_factors_by_user").on(table.userId), index("two_factors_by_secret").on(table.secret)],
);

/** Codes of authenticator apps that were used, as keyed hashes, for as long as they would be valid again. */
export const usedCodes = sqliteTable(
  "used_codes",
  { userId: userId(), codeHash: text("code_hash").notNull(), usedAt: time("used_at").notNull() },
  (table) => [primaryKey({ columns: [table.userId, table.codeHash] })],
);

/** Who belongs to which tenant, in which role. */
export const memberships = sqliteTable(
  "memberships",
  {
    userId: userId(),
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id),
    role: text("role", { enum: ["Admin", "Read-Only"] }).notNull(),
    createdAt: time("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.tenantId] }), index("memberships_by_tenant").on(table.tenantId)],
);

/** One-time links that were shown once and are known by their SHA-256 alone: an invitation has a tenant, a reset a person. */
export const oneTimeLinks = sqliteTable(
  "one_time_links",
  {
    id: text("id").primaryKey(),
    purpose: text("purpose", { enum: ["setup", "invitation", "password-reset"] }).notNull(),
    tokenSha256: text("token_sha256").notNull().unique(),
    email: text("email"),
    tenantId: text("tenant_id").references(() => tenants.id),
    role: text("role", { enum: ["Admin", "Read-Only"] }),
    author: text("author").notNull(),
    createdAt: time("created_at").notNull(),
    expiresAt: time("expires_at").notNull(),
  },
  (table) => [index("one_time_links_by_tenant").on(table.tenantId)],
);

/** Failed sign-ins that still count; `subject` is a keyed hash of an account's or an address's name, known here or not. */
export const signInFailures = sqliteTable(
  "sign_in_failures",
  { id: integer("id").primaryKey({ autoIncrement: true }), subject: text("subject").notNull(), at: time("at").notNull() },
  (table) => [index("sign_in_failures_by_subject").on(table.subject, table.at)],
);

/** Failed sign-ins to accounts that exist, summed per account, address and minute until they go to the audit log. */
export const failedSignIns = sqliteTable(
  "failed_sign_ins",
  { userId: userId(), address: text("address").notNull(), minute: time("minute").notNull(), count: integer("count").notNull() },
  (table) => [primaryKey({ columns: [table.userId, table.address, table.minute] })],
);
