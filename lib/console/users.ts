import { z } from "zod";
import { emailSchema } from "#lib/account/credentials.ts";
import { tenantRoles } from "#lib/account/role.ts";
import type { ConsoleContext } from "#lib/console/context.ts";
import { ok, type Result } from "#lib/site/problem.ts";
import type { Resetter } from "#lib/store/account-resets.ts";
import { channelAccount, ownAccount, sharedAccount } from "#lib/store/account-resets.ts";
import { isLastOf, lastAdmin, type Member, type MemberPlace } from "#lib/store/members.ts";

/** One of a tenant's people as the page lists them; a reason says why something cannot be done to them, null that it can. */
export type UserRow = Pick<Member, "userId" | "email" | "role" | "isChannelAdmin" | "isDeactivated" | "hasTwoFactor"> & {
  signedInAt: string | null;
  whyRoleStays: string | null;
  whyAccountStays: string | null;
};

export type InvitationRow = { id: string; email: string; role: string; invitedBy: string; expiresAt: string };
export type UsersView = { tenantId: string; tenantName: string; isReadOnly: boolean; users: UserRow[]; invitations: InvitationRow[] };

const tenantId = z.uuid();
const place = { tenantId, userId: z.uuid() };

export const memberInput = z.object(place);
export const roleInput = z.object({ ...place, role: z.enum(tenantRoles) });
export const deactivationInput = z.object({ ...place, isDeactivated: z.boolean() });
export const inviteInput = z.object({ tenantId, email: emailSchema, role: z.enum(tenantRoles) });
export const invitationInput = z.object({ tenantId, invitationId: z.uuid() });

export async function loadUsers(context: ConsoleContext): Promise<UsersView> {
  const { store, tenant, role, now } = context;
  const [members, invitations] = await Promise.all([
    store.accounts.members.list(tenant.id),
    store.accounts.invitations.list(tenant.id, now),
  ]);
  return {
    tenantId: tenant.id,
    tenantName: tenant.name,
    isReadOnly: role === "Read-Only",
    users: members.map((member) => rowOf(member, members, context)),
    invitations: invitations.map(({ id, email, role: offered, author, expiresAt }) => ({
      id,
      email: email ?? "",
      role: offered ?? "",
      invitedBy: author,
      expiresAt: expiresAt.toISOString(),
    })),
  };
}

/** Invites somebody; answers the path of the link, which is shown this once. */
export async function inviteUser(
  { email, role }: z.infer<typeof inviteInput>,
  { store, tenant, ...context }: ConsoleContext,
): Promise<Result<{ path: string }>> {
  const invited = await store.accounts.invitations.add({ tenantId: tenant.id, email, role }, authorshipOf(context));
  return invited.ok ? ok({ path: `/invitation#${invited.value.token}` }) : invited;
}

export function withdrawInvitation(
  { invitationId }: z.infer<typeof invitationInput>,
  { store, tenant, ...context }: ConsoleContext,
): Promise<Result<null>> {
  return store.accounts.invitations.withdraw(tenant.id, invitationId, authorshipOf(context));
}

export function setRole({ userId, role }: z.infer<typeof roleInput>, { store, tenant, ...context }: ConsoleContext) {
  return store.accounts.members.setRole({ tenantId: tenant.id, userId }, role, authorshipOf(context));
}

export function removeUser({ userId }: z.infer<typeof memberInput>, { store, tenant, ...context }: ConsoleContext) {
  return store.accounts.members.remove({ tenantId: tenant.id, userId }, authorshipOf(context));
}

/** Ends the password of one of the tenant's people; answers the path of the link with which they choose a new one. */
export async function resetPassword(input: z.infer<typeof memberInput>, context: ConsoleContext): Promise<Result<{ path: string }>> {
  const reset = await context.store.accounts.members.resetPassword(placeOf(input, context), resetterOf(context));
  return reset.ok ? ok({ path: `/reset#${reset.value.token}` }) : reset;
}

export function resetTwoFactor(input: z.infer<typeof memberInput>, context: ConsoleContext): Promise<Result<null>> {
  return context.store.accounts.members.resetTwoFactor(placeOf(input, context), resetterOf(context));
}

export function setDeactivated(input: z.infer<typeof deactivationInput>, context: ConsoleContext): Promise<Result<null>> {
  return context.store.accounts.members.setDeactivated(placeOf(input, context), input.isDeactivated, resetterOf(context));
}

function rowOf(member: Member, all: readonly Member[], context: ConsoleContext): UserRow {
  const { userId, email, role, isDeactivated, hasTwoFactor, signedInAt } = member;
  return {
    userId,
    email,
    role,
    isChannelAdmin: member.isChannelAdmin,
    isDeactivated,
    hasTwoFactor,
    signedInAt: signedInAt?.toISOString() ?? null,
    whyRoleStays: isLastOf(all, member) ? lastAdmin.message : null,
    whyAccountStays: whyAccountStays(member, context),
  };
}

function whyAccountStays(member: Member, { author, isChannelAdmin }: ConsoleContext): string | null {
  if (member.isChannelAdmin) return channelAccount.message;
  if (member.email === author) return ownAccount.message;
  return member.isShared && !isChannelAdmin ? sharedAccount.message : null;
}

function placeOf({ userId }: { userId: string }, { tenant }: ConsoleContext): MemberPlace {
  return { tenantId: tenant.id, userId };
}

function authorshipOf({ author, address, now }: Pick<ConsoleContext, "author" | "address" | "now">) {
  return { author, address, now };
}

function resetterOf(context: ConsoleContext): Resetter {
  return { ...authorshipOf(context), isChannelAdmin: context.isChannelAdmin };
}
