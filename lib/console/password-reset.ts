import { z } from "zod";
import { newPasswordSchema } from "#lib/account/credentials.ts";
import type { CallContext } from "#lib/console/context.ts";
import { type SignedIn, signIn } from "#lib/console/sign-in.ts";
import { ok, type Result, refuse } from "#lib/site/problem.ts";
import { deadReset } from "#lib/store/account-resets.ts";
import { hashPassword } from "#lib/store/authenticator.ts";

const token = z.string().max(100);

export const showResetInput = z.object({ token });
export const redeemResetInput = z.object({ token, password: newPasswordSchema });

/** Whose password a reset link is for, as long as it can be used. */
export async function showReset(input: z.infer<typeof showResetInput>, { store, now }: CallContext): Promise<Result<{ email: string }>> {
  const person = await store.accounts.resets.find(input.token, now);
  return person ? ok({ email: person.email }) : refuse(deadReset);
}

/** Sets the password that the link's holder has chosen and signs in; a second factor stays needed. */
export async function redeemReset(input: z.infer<typeof redeemResetInput>, context: CallContext): Promise<Result<SignedIn>> {
  const { store, address, now } = context;
  const person = await store.accounts.resets.find(input.token, now);
  if (!person) return refuse(deadReset);
  const set = await store.accounts.resets.redeem(input.token, await hashPassword(input.password), { address, now });
  return set.ok ? signIn({ email: person.email, password: input.password }, context) : set;
}
