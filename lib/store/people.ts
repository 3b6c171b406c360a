import { randomUUID } from "node:crypto";
import { asc, eq, type SQL } from "drizzle-orm";
import type { Membership } from "#lib/account/role.ts";
import { credentials, memberships, users } from "#lib/store/account-tables.ts";
import type { Authorship } from "#lib/store/audit.ts";
import { tenants } from "#lib/store/console-tables.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";

/** Somebody with an account, and what they may. Ids and addresses only: no password, no second factor. */
export type Person = {
  id: string;
  email: string;
  isChannelAdmin: boolean;
  isDeactivated: boolean;
  hasTwoFactor: boolean;
  memberships: Membership[];
};

/** A person by id, null when there is none. */
export function getPerson(queries: Queries, userId: string): Person | null {
  return personWhere(queries, eq(users.id, userId));
}

/** A person by email in lower case, null when there is none. */
export function personByEmail(queries: Queries, email: string): Person | null {
  return personWhere(queries, eq(users.email, email));
}

/** Whether anybody has ever had an account: they are deactivated, never deleted. */
export function hasAnyPerson(queries: Queries): boolean {
  return queries.select({ id: users.id }).from(users).limit(1).get() !== undefined;
}

/** Whether somebody may come in at all: not deactivated, and belonging somewhere. */
export function maySignIn(person: Person | null): boolean {
  return person !== null && !person.isDeactivated && (person.isChannelAdmin || person.memberships.length > 0);
}

/** Adds an account; the caller writes the audit row that says why. Answers its id. */
export function addPerson(
  tx: Transaction,
  { email, passwordHash, isChannelAdmin = false }: { email: string; passwordHash: string; isChannelAdmin?: boolean },
  { now }: Authorship,
): string {
  const id = randomUUID();
  const times = { createdAt: now, updatedAt: now };
  tx.insert(users)
    .values({ id, name: email, email, emailVerified: false, isChannelAdmin, ...times })
    .run();
  tx.insert(credentials)
    .values({ id: randomUUID(), userId: id, accountId: id, providerId: "credential", password: passwordHash, ...times })
    .run();
  return id;
}

/** The tenant in whose audit log a person's own doings belong: their only one, else none. */
export function homeTenantOf(person: Person): string | null {
  const [only, ...others] = person.memberships;
  return only && others.length === 0 && !person.isChannelAdmin ? only.tenantId : null;
}

function personWhere(queries: Queries, condition: SQL): Person | null {
  const user = queries.select().from(users).where(condition).get();
  if (!user) return null;
  const { id, email, isChannelAdmin, deactivatedAt, twoFactorEnabled } = user;
  return {
    id,
    email,
    isChannelAdmin,
    isDeactivated: deactivatedAt !== null,
    hasTwoFactor: twoFactorEnabled,
    memberships: membershipsOf(queries, id),
  };
}

function membershipsOf(queries: Queries, userId: string): Membership[] {
  return queries
    .select({ tenantId: memberships.tenantId, tenantName: tenants.name, role: memberships.role })
    .from(memberships)
    .innerJoin(tenants, eq(tenants.id, memberships.tenantId))
    .where(eq(memberships.userId, userId))
    .orderBy(asc(tenants.name))
    .all();
}
