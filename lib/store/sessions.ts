import { and, desc, eq, gt, ne } from "drizzle-orm";
import { error, ok, type Result, refuse } from "#lib/site/problem.ts";
import { sessions, verifications } from "#lib/store/account-tables.ts";
import { type Authorship, appendAudit } from "#lib/store/audit.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";
import { getPerson, homeTenantOf } from "#lib/store/people.ts";

/** A session that is open; never its token. */
export type OpenSession = { id: string; createdAt: Date; expiresAt: Date; address: string | null; userAgent: string | null };

/** Somebody's open sessions, the newest first. */
export function listSessions(queries: Queries, userId: string, now: Date): OpenSession[] {
  const { id, createdAt, expiresAt, ipAddress: address, userAgent } = sessions;
  return queries
    .select({ id, createdAt, expiresAt, address, userAgent })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, now)))
    .orderBy(desc(createdAt))
    .all();
}

/** Ends one session of this person. */
export function revokeSession(tx: Transaction, userId: string, sessionId: string, authorship: Authorship): Result<null> {
  const { changes } = tx
    .delete(sessions)
    .where(and(eq(sessions.id, sessionId), eq(sessions.userId, userId)))
    .run();
  if (changes === 0) return refuse(error("", "session.not-found", "This session has ended already. Reload the page."));
  const person = getPerson(tx, userId);
  appendAudit(tx, authorship, { tenantId: person && homeTenantOf(person), action: "session.revoke", subject: userId, detail: {} });
  return ok(null);
}

/** Ends somebody's sessions and sign-ins that wait for a second factor, except the session `keptId`. */
export function endSessions(tx: Transaction, userId: string, keptId?: string): number {
  // better-auth stores the person's id as the value of a pending sign-in.
  tx.delete(verifications).where(eq(verifications.value, userId)).run();
  const others = keptId === undefined ? undefined : ne(sessions.id, keptId);
  return tx
    .delete(sessions)
    .where(and(eq(sessions.userId, userId), others))
    .run().changes;
}

/** Who has given the right password and owes the second factor, by the name of the pending sign-in. */
export function findPending(queries: Queries, identifier: string, now: Date): string | null {
  const isOpen = and(eq(verifications.identifier, identifier), gt(verifications.expiresAt, now));
  return queries.select({ userId: verifications.value }).from(verifications).where(isOpen).get()?.userId ?? null;
}

/** Remembers the tenant that was chosen in a session's menu. */
export function chooseTenant(tx: Transaction, sessionId: string, tenantId: string): void {
  tx.update(sessions).set({ tenantId }).where(eq(sessions.id, sessionId)).run();
}

/** The tenant chosen in a session's menu, null before the first choice. */
export function chosenTenant(queries: Queries, sessionId: string): string | null {
  return queries.select({ tenantId: sessions.tenantId }).from(sessions).where(eq(sessions.id, sessionId)).get()?.tenantId ?? null;
}
