import { and, asc, eq, exists, ne, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { TenantRole } from "#lib/account/role.ts";
import { error, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";
import { memberships, sessions, users } from "#lib/store/account-tables.ts";
import { type Authorship, appendAudit } from "#lib/store/audit.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";
import { removeLinks } from "#lib/store/one-time-links.ts";
import { endSessions } from "#lib/store/sessions.ts";

/** One of a tenant's people. `isShared`: also belongs elsewhere or is a Channel Admin, so the account is not this tenant's to reset. */
export type Member = {
  userId: string;
  email: string;
  role: TenantRole;
  isChannelAdmin: boolean;
  isShared: boolean;
  isDeactivated: boolean;
  hasTwoFactor: boolean;
  joinedAt: Date;
  /** When the newest of the open sessions was begun. */
  signedInAt: Date | null;
};

export type MemberPlace = { tenantId: string; userId: string };

/** The people of a tenant by email. */
export function listMembers(queries: Queries, tenantId: string): Member[] {
  return membersWhere(queries, eq(memberships.tenantId, tenantId));
}

/** One of a tenant's people, null for anybody else. */
export function getMember(queries: Queries, { tenantId, userId }: MemberPlace): Member | null {
  return membersWhere(queries, and(eq(memberships.tenantId, tenantId), eq(memberships.userId, userId)))[0] ?? null;
}

/** Puts somebody into a tenant; a role they had there is replaced. The caller writes the audit row. */
export function addMember(tx: Transaction, { tenantId, userId }: MemberPlace, role: TenantRole, { now }: Authorship): void {
  tx.insert(memberships)
    .values({ tenantId, userId, role, createdAt: now })
    .onConflictDoUpdate({ target: [memberships.userId, memberships.tenantId], set: { role } })
    .run();
}

/** Changes a role; the last Admin of a tenant keeps theirs. */
export function setRole(tx: Transaction, place: MemberPlace, role: TenantRole, authorship: Authorship): Result<null> {
  const member = getMember(tx, place);
  if (!member) return refuse(noSuchMember);
  if (role !== "Admin" && isLastAdmin(tx, member, place.tenantId)) return refuse(lastAdmin);
  tx.update(memberships).set({ role }).where(whereOf(place)).run();
  if (role !== "Admin") removeLinksBy(tx, member, place.tenantId);
  const detail = { email: member.email, from: member.role, to: role };
  appendAudit(tx, authorship, { tenantId: place.tenantId, action: "member.role", subject: place.userId, detail });
  return ok(null);
}

/** Takes somebody out of a tenant and ends their sessions and the links made for them and by them; the account itself stays. */
export function removeMember(tx: Transaction, place: MemberPlace, authorship: Authorship): Result<null> {
  const member = getMember(tx, place);
  if (!member) return refuse(noSuchMember);
  if (isLastAdmin(tx, member, place.tenantId)) return refuse(lastAdmin);
  tx.delete(memberships).where(whereOf(place)).run();
  removeLinks(tx, { purpose: "invitation", email: member.email, tenantId: place.tenantId });
  removeLinksBy(tx, member, place.tenantId);
  endSessions(tx, place.userId);
  const detail = { email: member.email, role: member.role };
  appendAudit(tx, authorship, { tenantId: place.tenantId, action: "member.remove", subject: place.userId, detail });
  return ok(null);
}

/** Whoever made a link has seen it: without the right to make one it would be the way back in, or into a colleague's account. */
function removeLinksBy(tx: Transaction, { email: author }: Member, tenantId: string): void {
  removeLinks(tx, { purpose: "invitation", author, tenantId });
  removeLinks(tx, { purpose: "password-reset", author });
}

/** Whether a tenant would be left without anybody who may change it. */
export function isLastAdmin(queries: Queries, member: Member, tenantId: string): boolean {
  return isLastOf(listMembers(queries, tenantId), member);
}

/** The same, among people that are known already. */
export function isLastOf(members: readonly Member[], member: Member): boolean {
  if (member.role !== "Admin" || member.isDeactivated) return false;
  return !members.some((other) => other.userId !== member.userId && other.role === "Admin" && !other.isDeactivated);
}

export const noSuchMember: Problem = error("", "member.not-found", "This person does not belong to the tenant any more. Reload the page.");

export const lastAdmin: Problem = error(
  "",
  "member.last-admin",
  "This is the tenant’s last Admin. Make somebody else Admin first, so that the tenant is not left without one.",
);

function membersWhere(queries: Queries, condition: ReturnType<typeof and>): Member[] {
  return queries
    .select({
      userId: users.id,
      email: users.email,
      role: memberships.role,
      isChannelAdmin: users.isChannelAdmin,
      isElsewhere: sql<number>`${exists(queries.select({ one: sql`1` }).from(elsewhere).where(isElsewhere))}`,
      deactivatedAt: users.deactivatedAt,
      hasTwoFactor: users.twoFactorEnabled,
      joinedAt: memberships.createdAt,
      signedInAtMs: sql<number | null>`${queries
        .select({ at: sql`max(${sessions.createdAt})` })
        .from(sessions)
        .where(eq(sessions.userId, users.id))}`,
    })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(condition)
    .orderBy(asc(users.email))
    .all()
    .map(({ isElsewhere: other, deactivatedAt, signedInAtMs, ...row }) => ({
      ...row,
      isShared: row.isChannelAdmin || other === 1,
      isDeactivated: deactivatedAt !== null,
      signedInAt: signedInAtMs === null ? null : new Date(signedInAtMs),
    }));
}

const elsewhere = alias(memberships, "elsewhere");
const isElsewhere = and(eq(elsewhere.userId, memberships.userId), ne(elsewhere.tenantId, memberships.tenantId));

function whereOf({ tenantId, userId }: MemberPlace) {
  return and(eq(memberships.tenantId, tenantId), eq(memberships.userId, userId));
}
