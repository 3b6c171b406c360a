import { z } from "zod";
import { givenPasswordSchema, newPasswordSchema } from "#lib/account/credentials.ts";
import type { PersonContext } from "#lib/console/context.ts";
import { drawQrCode, type QrCode } from "#lib/console/qr-code.ts";
import { codeInput, isFirstUse } from "#lib/console/sign-in.ts";
import { beginAttempt } from "#lib/console/sign-in-limits.ts";
import { sendCookies } from "#lib/console/visitor.ts";
import { error, ok, type Result, refuse } from "#lib/site/problem.ts";
import type { AuditAction } from "#lib/store/audit-actions.ts";
import { fitsPassword, hashPassword } from "#lib/store/authenticator.ts";
import { homeTenantOf } from "#lib/store/people.ts";

/** A session as the profile lists it; times as ISO text. */
export type SessionView = { id: string; isThis: boolean; createdAt: string; expiresAt: string; address: string; browser: string };

/** What one sees of oneself. */
export type ProfileView = { email: string; hasTwoFactor: boolean; roles: { tenant: string; role: string }[]; sessions: SessionView[] };

export type EnrolmentView = { qrCode: QrCode; secret: string; recoveryCodes: string[] };

export const changePasswordInput = z.object({ password: givenPasswordSchema, newPassword: newPasswordSchema });
export const passwordInput = z.object({ password: givenPasswordSchema });
export const revokeSessionInput = z.object({ sessionId: z.string().max(100) });
export { codeInput };

export async function loadProfile({ store, person, sessionId, now }: PersonContext): Promise<ProfileView> {
  const sessions = await store.accounts.sessions.list(person.id, now);
  const roles = person.memberships.map(({ tenantName, role }) => ({ tenant: tenantName, role }));
  return {
    email: person.email,
    hasTwoFactor: person.hasTwoFactor,
    roles: person.isChannelAdmin ? [{ tenant: "All tenants", role: "Channel Admin" }, ...roles] : roles,
    sessions: sessions.map(({ id, createdAt, expiresAt, address, userAgent }) => ({
      id,
      isThis: id === sessionId,
      createdAt: createdAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
      address: address ?? "",
      browser: userAgent ?? "",
    })),
  };
}

/** Changes one's password; all other sessions end. */
export async function changePassword(
  { password, newPassword }: z.infer<typeof changePasswordInput>,
  context: PersonContext,
): Promise<Result<null>> {
  const { store, person, sessionId, author, address, now } = context;
  const proven = await provePassword(context, password);
  if (!proven.ok) return proven;
  await store.accounts.changePassword(person, await hashPassword(newPassword), sessionId, { author, address, now });
  return ok(null);
}

/** Makes a secret for an authenticator app and recovery codes; both are shown now and never again. Nothing is on yet. */
export async function beginTwoFactor({ password }: z.infer<typeof passwordInput>, context: PersonContext): Promise<Result<EnrolmentView>> {
  const proven = await provePassword(context, password);
  if (!proven.ok) return proven;
  const { value, cookies } = await context.authenticator.beginTwoFactor(context.visitor, password);
  if (value === null) return refuse(twoFactorMoved);
  await sendCookies(cookies, context.visitor);
  const secret = new URL(value.uri).searchParams.get("secret") ?? "";
  return ok({ qrCode: drawQrCode(value.uri), secret, recoveryCodes: value.recoveryCodes });
}

/** Turns two-factor on once a code shows that the app has the secret. */
export async function confirmTwoFactor({ code }: z.infer<typeof codeInput>, context: PersonContext): Promise<Result<null>> {
  const digits = code.replaceAll(" ", "");
  const { value, cookies } = await context.authenticator.confirmTwoFactor(context.visitor, digits);
  if (value === null) return refuse(wrongCode);
  // The code that proved the app must not open a session as well.
  await isFirstUse(context, context.person.id, digits);
  await sendCookies(cookies, context.visitor);
  return record(context, "two-factor.on");
}

/** Turns two-factor off; the password is asked for, since an open browser must not be enough. */
export async function endTwoFactor({ password }: z.infer<typeof passwordInput>, context: PersonContext): Promise<Result<null>> {
  const proven = await provePassword(context, password);
  if (!proven.ok) return proven;
  const { value, cookies } = await context.authenticator.endTwoFactor(context.visitor, password);
  if (value === null) return refuse(twoFactorMoved);
  await sendCookies(cookies, context.visitor);
  return record(context, "two-factor.off");
}

/** Ten new recovery codes in the place of the old ones. */
export async function renewRecoveryCodes(
  { password }: z.infer<typeof passwordInput>,
  context: PersonContext,
): Promise<Result<{ recoveryCodes: string[] }>> {
  const proven = await provePassword(context, password);
  if (!proven.ok) return proven;
  const { value } = await context.authenticator.renewRecoveryCodes(context.visitor, password);
  if (value === null) return refuse(twoFactorMoved);
  await record(context, "recovery-codes.renew");
  return ok({ recoveryCodes: value });
}

/** Ends one of one's own sessions. */
export function revokeSession(
  { sessionId }: z.infer<typeof revokeSessionInput>,
  { store, person, author, address, now }: PersonContext,
): Promise<Result<null>> {
  return store.accounts.sessions.revoke(person.id, sessionId, { author, address, now });
}

async function record({ store, person, author, address, now }: PersonContext, action: AuditAction): Promise<Result<null>> {
  await store.audit.record({ tenantId: homeTenantOf(person), action, subject: person.id, detail: {} }, { author, address, now });
  return ok(null);
}

// Counted like a sign-in: whoever finds an open browser must not get to guess the password in it.
async function provePassword(context: PersonContext, password: string): Promise<Result<null>> {
  const attempt = await beginAttempt(context, context.person.email);
  if (!attempt.ok) return attempt;
  const { store, person, address, now } = context;
  if (await fitsPassword(await store.accounts.passwordHash(person.id), password)) {
    await store.accounts.attempts.end(attempt.value);
    return ok(null);
  }
  await store.accounts.attempts.count(person.email, address, now);
  return refuse(wrongPassword);
}

const wrongPassword = error("password", "password.wrong", "This is not your password.");
const wrongCode = error(
  "code",
  "two-factor.wrong-code",
  "This code does not fit. Check the clock of your device and type the code it shows now.",
);
const twoFactorMoved = error("", "two-factor.moved", "Two-factor was changed in another window. Reload the page.");
