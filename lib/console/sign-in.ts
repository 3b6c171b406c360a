import { z } from "zod";
import { emailSchema, givenPasswordSchema } from "#lib/account/credentials.ts";
import type { CallContext } from "#lib/console/context.ts";
import { beginAttempt } from "#lib/console/sign-in-limits.ts";
import { sendCookies } from "#lib/console/visitor.ts";
import { error, ok, type Result, refuse } from "#lib/site/problem.ts";
import type { Answered } from "#lib/store/authenticator.ts";
import { homeTenantOf } from "#lib/store/people.ts";

export const signInInput = z.object({ email: emailSchema, password: givenPasswordSchema });

/** The code of an authenticator app, or one of the recovery codes. */
export const codeInput = z.object({ code: z.string().trim().min(1, "Type the code.").max(40, "This is no code.") });

/** What is missing after a step: nothing, or the code of the second factor. */
export type SignedIn = { isCodeNeeded: boolean };

/** The first step: email and password. One answer for every way to be wrong, known name or not. */
export async function signIn({ email, password }: z.infer<typeof signInInput>, context: CallContext): Promise<Result<SignedIn>> {
  const { store, authenticator, visitor, address, now } = context;
  const attempt = await beginAttempt(context, email);
  if (!attempt.ok) return attempt;
  const { value, cookies } = await authenticator.signIn(visitor, email, password);
  if (value === null) {
    await store.accounts.attempts.count(email, address, now);
    return refuse(wrongCredentials);
  }
  await store.accounts.attempts.end(attempt.value);
  if (value.userId !== null) await welcome(context, value.userId, "password");
  await sendCookies(cookies, visitor);
  return ok({ isCodeNeeded: value.isCodeNeeded });
}

/** The second step: a code of the authenticator app, which works once, or a recovery code, which is used up. */
export async function enterCode({ code }: z.infer<typeof codeInput>, context: CallContext): Promise<Result<SignedIn>> {
  const { store, authenticator, visitor, address, now } = context;
  const userId = await authenticator.findPending(visitor);
  const person = userId === null ? null : await store.accounts.get(userId);
  if (!person) return refuse(notPending);
  // Counted apart from passwords: whoever knows the password must not win new guesses by giving it again.
  const attempt = await beginAttempt(context, `code of ${person.email}`);
  if (!attempt.ok) return attempt;
  const { value, cookies } = await answerTo(code, person.id, context);
  if (value === null) {
    await store.accounts.attempts.count(person.email, address, now);
    return refuse(wrongCode);
  }
  await store.accounts.attempts.end(attempt.value);
  await welcome(context, person.id, /^[\d ]+$/.test(code) ? "authenticator code" : "recovery code");
  await sendCookies(cookies, visitor);
  return ok({ isCodeNeeded: false });
}

async function answerTo(code: string, userId: string, context: CallContext): Promise<Answered<{ userId: string; token: string }>> {
  const { store, authenticator, visitor } = context;
  const digits = code.replaceAll(" ", "");
  if (!/^\d{6}$/.test(digits)) return authenticator.enterRecoveryCode(visitor, code);
  const entered = await authenticator.enterCode(visitor, digits);
  if (entered.value === null || (await isFirstUse(context, userId, digits))) return entered;
  await store.accounts.sessions.drop(entered.value.token);
  return { value: null, cookies: [] };
}

/** Ends the session of whoever asks, and says so once it is gone. */
export async function signOut(context: CallContext): Promise<Result<null>> {
  const { store, authenticator, visitor, address, now } = context;
  const session = await authenticator.findSession(visitor);
  await sendCookies(await authenticator.signOut(visitor), visitor);
  const person = session && (await store.accounts.get(session.userId));
  if (person) {
    const event = { tenantId: homeTenantOf(person), action: "session.close", subject: person.id, detail: {} } as const;
    await store.audit.record(event, { author: person.email, address, now });
  }
  return ok(null);
}

/** Ends the session that the browser came with, so that none is left open behind the new one, and writes down who is in. */
async function welcome({ store, authenticator, visitor, address, now }: CallContext, userId: string, how: string): Promise<void> {
  const before = await authenticator.findSession(visitor);
  if (before) await store.accounts.sessions.drop(before.token);
  const person = await store.accounts.get(userId);
  if (!person) return;
  const event = { tenantId: homeTenantOf(person), action: "session.open", subject: userId, detail: { how } } as const;
  await store.audit.record(event, { author: person.email, address, now });
}

/** Whether nobody has used this code of this person before; kept as a keyed hash. */
export function isFirstUse({ store, authenticator, now }: CallContext, userId: string, code: string): Promise<boolean> {
  return store.accounts.attempts.claimCode(userId, authenticator.keyedHash(`code ${userId} ${code}`), now);
}

const wrongCredentials = error(
  "",
  "sign-in.refused",
  "Email and password do not fit together, or this account may not sign in. Check both and try again, or ask an Admin of your tenant for a link that sets a new password.",
);

const notPending = error(
  "",
  "sign-in.not-pending",
  "This sign-in was not finished within ten minutes. Start again with email and password.",
);

const wrongCode = error(
  "code",
  "sign-in.wrong-code",
  "This code is wrong, used or too old. Wait for the next one, or take a recovery code. After five wrong ones the sign-in starts again.",
);
