import { and, count, eq, inArray, lte, min } from "drizzle-orm";
import { error, ok, type Result, refuse } from "#lib/site/problem.ts";
import { failedSignIns, signInFailures, usedCodes } from "#lib/store/account-tables.ts";
import { type Authorship, appendAudit } from "#lib/store/audit.ts";
import type { Transaction } from "#lib/store/database.ts";
import { getPerson, homeTenantOf, personByEmail } from "#lib/store/people.ts";

/** What an attempt counts against: keyed hashes, so that a name nobody has is not stored either. */
export type AttemptSubject = { subject: string; limit: number };

/** An attempt that was counted as failed before it is made; success takes it back. */
export type Attempt = { ids: number[]; subjects: string[] };

/** How long a failure counts, in milliseconds. */
export const failureWindowMs = 15 * 60_000;

/** Failures within the window after which an account, or an address, has to wait. */
export const failureLimits = { account: 10, address: 50 };

/** What an account is counted under; keyed, so that the names people try are not stored. */
export function accountSubject(keyedHash: (text: string) => string, email: string): string {
  return `account:${keyedHash(`account ${email}`)}`;
}

/**
 * Counts an attempt as failed before the password is looked at, so that a hundred at once are no way round the limit.
 * Refused (`sign-in.limited`) in the same words whether the account exists or not.
 */
export function beginAttempt(tx: Transaction, subjects: readonly AttemptSubject[], now: Date): Result<Attempt> {
  tx.delete(signInFailures)
    .where(lte(signInFailures.at, new Date(now.getTime() - failureWindowMs)))
    .run();
  for (const { subject, limit } of subjects) {
    const failures = tx
      .select({ number: count(), first: min(signInFailures.at) })
      .from(signInFailures)
      .where(eq(signInFailures.subject, subject))
      .get();
    if (failures && failures.number >= limit) return refuse(limited((failures.first ?? now).getTime() + failureWindowMs - now.getTime()));
  }
  const rows = subjects.map(({ subject }) => ({ subject, at: now }));
  const ids = tx
    .insert(signInFailures)
    .values(rows)
    .returning({ id: signInFailures.id })
    .all()
    .map(({ id }) => id);
  return ok({ ids, subjects: subjects.map(({ subject }) => subject) });
}

/** Takes an attempt back that succeeded; an account's earlier failures are forgotten, an address's are not. */
export function endAttempt(tx: Transaction, { ids, subjects }: Attempt): void {
  const accounts = subjects.filter((subject) => subject.startsWith("account:"));
  tx.delete(signInFailures).where(inArray(signInFailures.subject, accounts)).run();
  tx.delete(signInFailures).where(inArray(signInFailures.id, ids)).run();
}

/** Forgets what counts against a subject, as a reset from the machine itself does. */
export function forgetFailures(tx: Transaction, subject: string): void {
  tx.delete(signInFailures).where(eq(signInFailures.subject, subject)).run();
}

/** Adds a failed sign-in to the sum of its account, address and minute; a name nobody has leaves nothing. */
export function countFailure(tx: Transaction, email: string, address: string | null, now: Date): void {
  const person = personByEmail(tx, email);
  if (!person) return;
  const key = { userId: person.id, address: address ?? "", minute: new Date(Math.floor(now.getTime() / 60_000) * 60_000) };
  const where = and(eq(failedSignIns.userId, key.userId), eq(failedSignIns.address, key.address), eq(failedSignIns.minute, key.minute));
  const before = tx.select({ count: failedSignIns.count }).from(failedSignIns).where(where).get();
  if (before)
    tx.update(failedSignIns)
      .set({ count: before.count + 1 })
      .where(where)
      .run();
  else
    tx.insert(failedSignIns)
      .values({ ...key, count: 1 })
      .run();
}

/** Writes the sums of the minutes that are over into the audit log, one row each. */
export function auditFailures(tx: Transaction, now: Date): void {
  const isOver = lte(failedSignIns.minute, new Date(now.getTime() - 60_000));
  for (const { userId, address, minute, count: failures } of tx.select().from(failedSignIns).where(isOver).all()) {
    const person = getPerson(tx, userId);
    if (!person) continue;
    const authorship: Authorship = { author: person.email, address: address || null, now };
    const detail = { failures, minute: minute.toISOString() };
    appendAudit(tx, authorship, { tenantId: homeTenantOf(person), action: "session.fail", subject: userId, detail });
  }
  tx.delete(failedSignIns).where(isOver).run();
}

/**
 * Whether an authenticator's code is used for the first time: RFC 6238 section 5.2 forbids a second acceptance, and
 * better-auth does not keep count. Codes are remembered for five minutes, longer than any is valid.
 */
export function claimCode(tx: Transaction, userId: string, codeHash: string, now: Date): boolean {
  tx.delete(usedCodes)
    .where(lte(usedCodes.usedAt, new Date(now.getTime() - 300_000)))
    .run();
  return tx.insert(usedCodes).values({ userId, codeHash, usedAt: now }).onConflictDoNothing().run().changes > 0;
}

function limited(waitMs: number) {
  const minutes = Math.max(1, Math.ceil(waitMs / 60_000));
  const wait = minutes === 1 ? "a minute" : `${minutes} minutes`;
  return error("", "sign-in.limited", `Too many sign-ins failed. Wait ${wait}, then try again.`);
}
