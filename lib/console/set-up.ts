import { z } from "zod";
import { emailSchema, newPasswordSchema } from "#lib/account/credentials.ts";
import type { CallContext } from "#lib/console/context.ts";
import { type SignedIn, signIn } from "#lib/console/sign-in.ts";
import { type Result, refuse } from "#lib/site/problem.ts";
import { hashPassword } from "#lib/store/authenticator.ts";
import { deadSetupLink } from "#lib/store/first-admin.ts";

export const setUpInput = z.object({ token: z.string().max(100), email: emailSchema, password: newPasswordSchema });

/** Makes the first admin by the one-time link and signs them in. */
export async function setUp({ token, email, password }: z.infer<typeof setUpInput>, context: CallContext): Promise<Result<SignedIn>> {
  const { store, address, now } = context;
  // Before the hash, which is slow on purpose: without the token nobody makes this machine work.
  if (!(await store.accounts.setup.isOpen(token, now))) return refuse(deadSetupLink);
  const passwordHash = await hashPassword(password);
  const made = await store.accounts.setup.redeem(token, { email, passwordHash }, { author: email, address, now });
  return made.ok ? signIn({ email, password }, context) : made;
}
