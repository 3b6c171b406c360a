import { z } from "zod";
import { givenPasswordSchema, newPasswordSchema } from "#lib/account/credentials.ts";
import type { CallContext } from "#lib/console/context.ts";
import { type SignedIn, signIn } from "#lib/console/sign-in.ts";
import { beginAttempt } from "#lib/console/sign-in-limits.ts";
import { error, ok, type Result, refuse } from "#lib/site/problem.ts";
import { fitsPassword, hashPassword } from "#lib/store/authenticator.ts";
import { type Answering, deadInvitation } from "#lib/store/invitations.ts";

const token = z.string().max(100);

export const showInvitationInput = z.object({ token });
export const acceptInvitationInput = z.object({ token, password: givenPasswordSchema });

/** What the holder of an invitation sees of it. */
export type InvitationView = { email: string; tenantName: string; role: string };

/** The invitation of a link, as long as it can be used; nothing is used up by looking. */
export async function showInvitation(
  input: z.infer<typeof showInvitationInput>,
  { store, now }: CallContext,
): Promise<Result<InvitationView>> {
  const invitation = await store.accounts.invitations.find(input.token, now);
  const tenant = invitation && (await store.tenants.get(invitation.tenantId));
  if (!tenant) return refuse(deadInvitation);
  return ok({ email: invitation.email, tenantName: tenant.name, role: invitation.role });
}

/** Joins the tenant with the password of the account that exists, or with one chosen for a new account; then signs in. */
export async function acceptInvitation(input: z.infer<typeof acceptInvitationInput>, context: CallContext): Promise<Result<SignedIn>> {
  const { store, address, now } = context;
  const invitation = await store.accounts.invitations.find(input.token, now);
  if (!invitation) return refuse(deadInvitation);
  const { email, userId } = invitation;
  const answering = userId === null ? await chooseFor(input.password) : await proveFor(context, email, userId, input.password);
  if (!answering.ok) return answering;
  const accepted = await store.accounts.invitations.accept(input.token, answering.value, { address, now });
  return accepted.ok ? signIn({ email, password: input.password }, context) : accepted;
}

async function chooseFor(password: string): Promise<Result<Answering>> {
  const judged = newPasswordSchema.safeParse(password);
  if (!judged.success) return refuse(error("password", "password.weak", judged.error.issues[0]?.message ?? ""));
  return ok({ passwordHash: await hashPassword(password) });
}

async function proveFor(context: CallContext, email: string, userId: string, password: string): Promise<Result<Answering>> {
  const attempt = await beginAttempt(context, email);
  if (!attempt.ok) return attempt;
  if (!(await fitsPassword(await context.store.accounts.passwordHash(userId), password))) return refuse(notYourPassword);
  await context.store.accounts.attempts.end(attempt.value);
  return ok({ userId });
}

const notYourPassword = error(
  "password",
  "invitation.wrong-password",
  "There is an account with this email already, and this is not its password.",
);
