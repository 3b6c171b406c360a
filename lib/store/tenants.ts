import { randomUUID } from "node:crypto";
import { and, asc, eq } from "drizzle-orm";
import { AppError } from "#lib/app-error.ts";
import { error, ok, type Result, refuse } from "#lib/site/problem.ts";
import { type Authorship, appendAudit } from "#lib/store/audit.ts";
import { features, tenants } from "#lib/store/console-tables.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";

export type Tenant = { id: string; name: string };

/** The flags that exist. A tenant without a row for one has it off. */
export const featureNames = ["site-config-mtls"] as const;
export type FeatureName = (typeof featureNames)[number];
export type Feature = { tenantId: string; name: string; isOn: boolean; author: string; changedAt: Date };

/** All tenants by name. */
export function listTenants(queries: Queries): Tenant[] {
  return queries.select({ id: tenants.id, name: tenants.name }).from(tenants).orderBy(asc(tenants.name)).all();
}

/** A tenant by its exact name, null when there is none. */
export function tenantByName(queries: Queries, name: string): Tenant | null {
  return queries.select({ id: tenants.id, name: tenants.name }).from(tenants).where(eq(tenants.name, name)).get() ?? null;
}

/** A tenant by id, null when there is none. */
export function getTenant(queries: Queries, tenantId: string): Tenant | null {
  return queries.select({ id: tenants.id, name: tenants.name }).from(tenants).where(eq(tenants.id, tenantId)).get() ?? null;
}

/** Makes a tenant under a name that no other has; every feature is off. */
export function createTenant(tx: Transaction, name: string, authorship: Authorship): Result<Tenant> {
  const isTaken = listTenants(tx).some((other) => other.name.toLowerCase() === name.toLowerCase());
  if (isTaken) return refuse(error("name", "tenant.name-taken", "Another tenant has this name."));
  const tenant = { id: randomUUID(), name };
  addTenant(tx, tenant, authorship);
  return ok(tenant);
}

/** Whether a tenant has a feature. */
export function isFeatureOn(queries: Queries, tenantId: string, name: FeatureName): boolean {
  const row = queries
    .select({ isOn: features.isOn })
    .from(features)
    .where(and(eq(features.tenantId, tenantId), eq(features.name, name)))
    .get();
  return row?.isOn ?? false;
}

/** Switches a tenant's feature; throws `tenant.not-found`. */
export function setFeature(
  tx: Transaction,
  { tenantId, name, isOn }: { tenantId: string; name: FeatureName; isOn: boolean },
  authorship: Authorship,
): void {
  const tenant = tx.select({ id: tenants.id }).from(tenants).where(eq(tenants.id, tenantId)).get();
  if (!tenant) throw new AppError("tenant.not-found", "There is no such tenant.");
  const feature = { tenantId, name, isOn, author: authorship.author, changedAt: authorship.now };
  tx.insert(features)
    .values(feature)
    .onConflictDoUpdate({ target: [features.tenantId, features.name], set: feature })
    .run();
  appendAudit(tx, authorship, { tenantId, action: "feature.set", subject: name, detail: { isOn } });
}

/** Makes a tenant with every feature off. */
export function addTenant(tx: Transaction, { id, name }: Tenant, authorship: Authorship): void {
  tx.insert(tenants).values({ id, name, createdAt: authorship.now }).run();
  appendAudit(tx, authorship, { tenantId: id, action: "tenant.create", subject: id, detail: { name } });
}
