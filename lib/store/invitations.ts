import type { TenantRole } from "#lib/account/role.ts";
import { error, ok, type Result, refuse } from "#lib/site/problem.ts";
import { type Authorship, appendAudit } from "#lib/store/audit.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";
import { addMember, getMember } from "#lib/store/members.ts";
import { addLink, findLink, listInvitations, type OneTimeLink, removeLinks } from "#lib/store/one-time-links.ts";
import { addPerson, getPerson, personByEmail } from "#lib/store/people.ts";
import { endSessions } from "#lib/store/sessions.ts";

type Invitation = { tenantId: string; email: string; role: TenantRole };

/** How an invitation is answered: with a password for a new account, or as the owner of one, whose password was checked. */
export type Answering = { passwordHash: string } | { userId: string };

/** Invites somebody and answers the link's token; an earlier invitation of the same person to the tenant ends. */
export function invite(tx: Transaction, { tenantId, email, role }: Invitation, authorship: Authorship): Result<{ token: string }> {
  const person = personByEmail(tx, email);
  if (person && getMember(tx, { tenantId, userId: person.id })) return refuse(alreadyMember);
  removeLinks(tx, { purpose: "invitation", email, tenantId });
  const token = addLink(tx, { purpose: "invitation", email, tenantId, role }, authorship);
  appendAudit(tx, authorship, { tenantId, action: "invitation.create", subject: email, detail: { role } });
  return ok({ token });
}

/** Withdraws an invitation to this tenant. */
export function withdrawInvitation(
  tx: Transaction,
  { tenantId, invitationId }: { tenantId: string; invitationId: string },
  authorship: Authorship,
): Result<null> {
  const invitation = listInvitations(tx, tenantId, authorship.now).find(({ id }) => id === invitationId);
  if (!invitation) return refuse(error("", "invitation.not-found", "This invitation was used or withdrawn already. Reload the page."));
  removeLinks(tx, { id: invitationId });
  appendAudit(tx, authorship, { tenantId, action: "invitation.withdraw", subject: invitation.email, detail: {} });
  return ok(null);
}

/** The invitation of a token with the account it is for, null when it cannot be used. */
export function findInvitation(queries: Queries, token: string, now: Date) {
  const link = findLink(queries, "invitation", token, now);
  if (!isWhole(link)) return null;
  return { email: link.email, tenantId: link.tenantId, role: link.role, userId: personByEmail(queries, link.email)?.id ?? null };
}

/** Makes a member of whoever holds the link, once. An account that exists is joined only by its owner. */
export function acceptInvitation(
  tx: Transaction,
  token: string,
  answering: Answering,
  { address, now }: Omit<Authorship, "author">,
): Result<{ userId: string }> {
  const link = findLink(tx, "invitation", token, now);
  if (!isWhole(link)) return refuse(deadInvitation);
  const { tenantId, email, role } = link;
  const authorship = { author: email, address, now };
  const owner = personByEmail(tx, email);
  if ("userId" in answering ? owner?.id !== answering.userId : owner !== null) return refuse(deadInvitation);
  removeLinks(tx, { id: link.id });
  // Whoever ran the account's only tenant until now may have a session of it open.
  if (owner) endSessions(tx, owner.id);
  const userId = "userId" in answering ? answering.userId : addPerson(tx, { email, passwordHash: answering.passwordHash }, authorship);
  if (getPerson(tx, userId)?.isDeactivated) return refuse(deadInvitation);
  addMember(tx, { tenantId, userId }, role, authorship);
  appendAudit(tx, authorship, { tenantId, action: "invitation.accept", subject: userId, detail: { email, role, invitedBy: link.author } });
  return ok({ userId });
}

export const deadInvitation = error(
  "",
  "invitation.closed",
  "This invitation was used, withdrawn or is older than 24 hours. Ask whoever invited you for a new one.",
);

const alreadyMember = error("email", "invitation.member", "This person belongs to the tenant already; change their role in the list.");

function isWhole(link: OneTimeLink | null): link is OneTimeLink & Invitation {
  return link !== null && link.email !== null && link.tenantId !== null && link.role !== null;
}
