import { and, eq } from "drizzle-orm";
import { error, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";
import { credentials, twoFactors, users } from "#lib/store/account-tables.ts";
import { type Authorship, appendAudit } from "#lib/store/audit.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";
import { getMember, isLastAdmin, lastAdmin, type Member, type MemberPlace, noSuchMember } from "#lib/store/members.ts";
import { addLink, findLink, removeLinks } from "#lib/store/one-time-links.ts";
import { getPerson, homeTenantOf, type Person, personByEmail } from "#lib/store/people.ts";
import { endSessions } from "#lib/store/sessions.ts";

/** By whom an account is reset: a Channel Admin may reset people who belong to several tenants too. */
export type Resetter = Authorship & { isChannelAdmin: boolean };

/** Ends the password and every session, and answers the token of the link by which the person chooses a new one. */
export function resetPassword(tx: Transaction, place: MemberPlace, resetter: Resetter): Result<{ token: string }> {
  const member = resettable(tx, place, resetter);
  if (!member.ok) return member;
  return ok({ token: renewPassword(tx, member.value, place.tenantId, resetter) });
}

/** Takes a lost second factor away and ends every session; the password stays. */
export function resetTwoFactor(tx: Transaction, place: MemberPlace, resetter: Resetter): Result<null> {
  const member = resettable(tx, place, resetter);
  if (!member.ok) return member;
  dropTwoFactor(tx, member.value, place.tenantId, resetter);
  return ok(null);
}

/** Closes an account, or opens it again. A closed one has no session, and its invitations and links are dead. */
export function setDeactivated(tx: Transaction, place: MemberPlace, isDeactivated: boolean, resetter: Resetter): Result<null> {
  const member = resettable(tx, place, resetter);
  if (!member.ok) return member;
  if (isDeactivated && isLastAdmin(tx, member.value, place.tenantId)) return refuse(lastAdmin);
  switchAccount(tx, member.value, isDeactivated, place.tenantId, resetter);
  return ok(null);
}

/** What the machine's own administrator may do whoever it is: a new password, an open account and, when asked for, no second factor. */
export function resetFromMachine(
  tx: Transaction,
  { email, isTwoFactorReset }: { email: string; isTwoFactorReset: boolean },
  authorship: Authorship,
): Result<{ token: string; userId: string }> {
  const person = personByEmail(tx, email);
  if (!person) return refuse(error("email", "user.not-found", `There is no user ${email}.`));
  const account = { userId: person.id, email };
  const tenantId = homeTenantOf(person);
  if (person.isDeactivated) switchAccount(tx, account, false, tenantId, authorship);
  if (isTwoFactorReset) dropTwoFactor(tx, account, tenantId, authorship);
  return ok({ token: renewPassword(tx, account, tenantId, authorship), userId: person.id });
}

/** Gives somebody the role over all tenants, or takes it; somebody has to keep it. */
export function setChannelAdmin(
  tx: Transaction,
  { email, isChannelAdmin }: { email: string; isChannelAdmin: boolean },
  authorship: Authorship,
): Result<{ userId: string }> {
  const person = personByEmail(tx, email);
  if (!person) return refuse(error("email", "user.not-found", `There is no user ${email}.`));
  if (!isChannelAdmin && !hasOtherChannelAdmin(tx, person)) return refuse(lastChannelAdmin);
  tx.update(users).set({ isChannelAdmin, updatedAt: authorship.now }).where(eq(users.id, person.id)).run();
  if (!isChannelAdmin) removeLinks(tx, { author: email });
  const action = isChannelAdmin ? "user.promote" : "user.demote";
  appendAudit(tx, authorship, { tenantId: null, action, subject: person.id, detail: { email } });
  return ok({ userId: person.id });
}

/** The person a reset link is for, null when it cannot be used. */
export function findReset(queries: Queries, token: string, now: Date): Person | null {
  const link = findLink(queries, "password-reset", token, now);
  return link?.email ? personByEmail(queries, link.email) : null;
}

/** Sets the password that the holder of a reset link has chosen. The second factor, where there is one, stays needed. */
export function redeemReset(
  tx: Transaction,
  token: string,
  passwordHash: string,
  { address, now }: Omit<Authorship, "author">,
): Result<{ userId: string }> {
  const person = findReset(tx, token, now);
  if (!person || person.isDeactivated) return refuse(deadReset);
  removeLinks(tx, { purpose: "password-reset", email: person.email });
  setPassword(tx, person.id, passwordHash, now);
  endSessions(tx, person.id);
  const detail = { email: person.email };
  const authorship = { author: person.email, address, now };
  appendAudit(tx, authorship, { tenantId: homeTenantOf(person), action: "password.redeem", subject: person.id, detail });
  return ok({ userId: person.id });
}

/** Changes one's own password; every other session ends, and so do links that would set another one. */
export function changePassword(tx: Transaction, person: Person, passwordHash: string, sessionId: string, authorship: Authorship): void {
  setPassword(tx, person.id, passwordHash, authorship.now);
  removeLinks(tx, { purpose: "password-reset", email: person.email });
  const sessionsEnded = endSessions(tx, person.id, sessionId);
  appendAudit(tx, authorship, { tenantId: homeTenantOf(person), action: "password.change", subject: person.id, detail: { sessionsEnded } });
}

/** The scrypt hash of somebody's password, null when they have none at present. */
export function passwordHashOf(queries: Queries, userId: string): string | null {
  const row = queries.select({ password: credentials.password }).from(credentials).where(isPasswordOf(userId)).get();
  return row?.password ?? null;
}

type Account = Pick<Member, "userId" | "email">;

// Whoever resets an account can sign in as its owner: with a shared one that would reach into another tenant.
function resettable(tx: Transaction, place: MemberPlace, { author, isChannelAdmin }: Resetter): Result<Member> {
  const member = getMember(tx, place);
  if (!member) return refuse(noSuchMember);
  if (member.isChannelAdmin) return refuse(channelAccount);
  if (member.email === author) return refuse(ownAccount);
  if (member.isShared && !isChannelAdmin) return refuse(sharedAccount);
  return ok(member);
}

/** In the profile the password is asked for: here an open browser, or a stolen cookie, would be enough. */
export const ownAccount: Problem = error(
  "",
  "member.self",
  "This is your own account: change its password and two-factor in your profile. Another Admin can close it.",
);

export const sharedAccount: Problem = error(
  "",
  "member.shared",
  "This person belongs to another tenant too, so this account is not this tenant’s to change. Ask a Channel Admin.",
);

export const channelAccount: Problem = error(
  "",
  "member.channel-admin",
  "This person is a Channel Admin: only npm run tessera on the machine itself can reset or close this account.",
);

const lastChannelAdmin = error("email", "user.last-channel-admin", "This is the last Channel Admin: promote somebody else first.");

export const deadReset = error(
  "",
  "password-reset.closed",
  "This link was used, replaced or is older than 24 hours. Ask whoever gave it to you for a new one.",
);

function hasOtherChannelAdmin(queries: Queries, person: Person): boolean {
  const all = queries.select({ id: users.id }).from(users).where(eq(users.isChannelAdmin, true)).all();
  return all.some(({ id }) => id !== person.id && getPerson(queries, id)?.isDeactivated === false);
}

function renewPassword(tx: Transaction, { userId, email }: Account, tenantId: string | null, authorship: Authorship): string {
  setPassword(tx, userId, null, authorship.now);
  endSessions(tx, userId);
  removeLinks(tx, { purpose: "password-reset", email });
  appendAudit(tx, authorship, { tenantId, action: "password.reset", subject: userId, detail: { email } });
  return addLink(tx, { purpose: "password-reset", email, tenantId: null, role: null }, authorship);
}

function dropTwoFactor(tx: Transaction, { userId, email }: Account, tenantId: string | null, authorship: Authorship): void {
  tx.delete(twoFactors).where(eq(twoFactors.userId, userId)).run();
  tx.update(users).set({ twoFactorEnabled: false, updatedAt: authorship.now }).where(eq(users.id, userId)).run();
  endSessions(tx, userId);
  appendAudit(tx, authorship, { tenantId, action: "two-factor.reset", subject: userId, detail: { email } });
}

function switchAccount(tx: Transaction, { userId, email }: Account, isOff: boolean, tenantId: string | null, authorship: Authorship): void {
  tx.update(users)
    .set({ deactivatedAt: isOff ? authorship.now : null, updatedAt: authorship.now })
    .where(eq(users.id, userId))
    .run();
  if (isOff) {
    endSessions(tx, userId);
    removeLinks(tx, { email });
    removeLinks(tx, { author: email });
  }
  appendAudit(tx, authorship, { tenantId, action: isOff ? "user.deactivate" : "user.reactivate", subject: userId, detail: { email } });
}

function setPassword(tx: Transaction, userId: string, password: string | null, now: Date): void {
  tx.update(credentials).set({ password, updatedAt: now }).where(isPasswordOf(userId)).run();
}

function isPasswordOf(userId: string) {
  return and(eq(credentials.userId, userId), eq(credentials.providerId, "credential"));
}
