import path from "node:path";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { APIError } from "better-auth/api";
import { parseSetCookieHeader } from "better-auth/cookies";
import { hashPassword, verifyPassword } from "better-auth/crypto";
import { betterAuth } from "better-auth/minimal";
import { twoFactor } from "better-auth/plugins/two-factor";
import { AppError } from "#lib/app-error.ts";
import { credentials, sessions, twoFactors, users, verifications } from "#lib/store/account-tables.ts";
import { openConnection } from "#lib/store/connection.ts";
import { keyedHash } from "#lib/store/console-secret.ts";
import type { Orm } from "#lib/store/database.ts";
import { getPerson, maySignIn } from "#lib/store/people.ts";
import { findPending } from "#lib/store/sessions.ts";

/** Who is asking: the cookies, the address, the browser's name for itself, and whether all this came over HTTPS. */
export type Visitor = { cookie: string; address: string; userAgent: string | null; isSecure: boolean };

/** A cookie for the answer; `maxAgeS` 0 takes it away. */
export type Cookie = { name: string; value: string; maxAgeS: number | undefined };

/** What a call answers, and the cookies that go with it; null where it was refused. */
export type Answered<T> = { value: T | null; cookies: Cookie[] };

export type SessionFacts = { sessionId: string; userId: string; token: string };
export type Enrolment = { uri: string; recoveryCodes: string[] };

/** Sign-ins, sessions and second factors: better-auth behind the few calls that the console makes of it. */
export type Authenticator = {
  /** Sets the cookies of a session, or of a sign-in that waits for its second factor (`isCodeNeeded`). */
  signIn(visitor: Visitor, email: string, password: string): Promise<Answered<{ isCodeNeeded: boolean; userId: string | null }>>;
  enterCode(visitor: Visitor, code: string): Promise<Answered<{ userId: string; token: string }>>;
  enterRecoveryCode(visitor: Visitor, code: string): Promise<Answered<{ userId: string; token: string }>>;
  /** Whose second factor is being waited for, null when nobody's is (any more). */
  findPending(visitor: Visitor): Promise<string | null>;
  findSession(visitor: Visitor): Promise<SessionFacts | null>;
  signOut(visitor: Visitor): Promise<Cookie[]>;
  beginTwoFactor(visitor: Visitor, password: string): Promise<Answered<Enrolment>>;
  confirmTwoFactor(visitor: Visitor, code: string): Promise<Answered<true>>;
  endTwoFactor(visitor: Visitor, password: string): Promise<Answered<true>>;
  renewRecoveryCodes(visitor: Visitor, password: string): Promise<Answered<string[]>>;
  /** A hash that only this console can make: for what may be compared and must not be read. */
  keyedHash(text: string): string;
  close(): void;
};

/** How long a session lasts, in seconds: a working day, whatever happens in it. */
export const sessionLifetimeS = 12 * 3600;

/** Opens lazily; `secret` signs the cookies and encrypts second factors. */
export function openAuthenticator(dataDir: string, secret: () => string): Authenticator {
  const connection = openConnection(path.join(dataDir, "console.db"), { isReadonly: false, busyTimeoutMs: 2_000 });
  let made: { generation: number; auth: ReturnType<typeof createAuth> } | undefined;

  // A file that was replaced has another connection, and better-auth keeps the one it was given.
  function api() {
    const orm = connection.read((queries) => queries);
    if (made?.generation !== connection.generation()) made = { generation: connection.generation(), auth: createAuth(orm, secret()) };
    return made.auth.api;
  }

  return {
    async signIn(visitor, email, password) {
      const { value, cookies } = await answer(() =>
        api().signInEmail({ body: { email, password }, headers: headersOf(visitor), returnHeaders: true }),
      );
      if (value === null) return { value, cookies: [] };
      const isCodeNeeded = "twoFactorRedirect" in value;
      return { value: { isCodeNeeded, userId: isCodeNeeded ? null : value.user.id }, cookies };
    },
    enterCode: (visitor, code) =>
      enter(() => api().verifyTOTP({ body: { code }, headers: headersOf(pendingOnly(visitor)), returnHeaders: true })),
    enterRecoveryCode: (visitor, code) =>
      enter(() => api().verifyBackupCode({ body: { code }, headers: headersOf(pendingOnly(visitor)), returnHeaders: true })),
    async findPending({ cookie }) {
      // The signature is better-auth's to check when the code is entered; the random name alone finds the row here.
      const identifier = pendingOf(cookie).split(".")[0] ?? "";
      return connection.read((queries) => findPending(queries, identifier, new Date()));
    },
    async findSession(visitor) {
      if (!visitor.cookie.includes("session_token")) return null;
      const found = await api().getSession({ headers: headersOf(visitor) });
      return found && { sessionId: found.session.id, userId: found.user.id, token: found.session.token };
    },
    signOut: async (visitor) => (await answer(() => api().signOut({ headers: headersOf(visitor), returnHeaders: true }))).cookies,
    async beginTwoFactor(visitor, password) {
      const begun = await answer(() =>
        api().enableTwoFactor({ body: { password, method: "totp" }, headers: headersOf(visitor), returnHeaders: true }),
      );
      if (begun.value === null || begun.value.method !== "totp") return { value: null, cookies: [] };
      return { value: { uri: begun.value.totpURI, recoveryCodes: begun.value.backupCodes }, cookies: begun.cookies };
    },
    confirmTwoFactor: (visitor, code) => done(() => api().verifyTOTP({ body: { code }, headers: headersOf(visitor), returnHeaders: true })),
    endTwoFactor: (visitor, password) =>
      done(() => api().disableTwoFactor({ body: { password }, headers: headersOf(visitor), returnHeaders: true })),
    async renewRecoveryCodes(visitor, password) {
      const renewed = await answer(() =>
        api().generateBackupCodes({ body: { password }, headers: headersOf(visitor), returnHeaders: true }),
      );
      return { ...renewed, value: renewed.value?.backupCodes ?? null };
    },
    keyedHash: (text) => keyedHash(secret(), text),
    close: () => connection.close(),
  };
}

export { hashPassword };

/** Whether a password fits a hash; without one the same time passes as with a wrong password. */
export async function fitsPassword(hash: string | null, password: string): Promise<boolean> {
  if (hash !== null) return verifyPassword({ hash, password });
  await hashPassword(password);
  return false;
}

function createAuth(orm: Orm, secret: string) {
  return betterAuth({
    appName: "Tessera",
    // Never called from outside; who asks, and whether the cookies are Secure, is known to our caller.
    baseURL: "http://localhost",
    secret,
    telemetry: { enabled: false },
    logger: { disabled: true },
    // It does not cover calls from code, and counts successes; see sign-in-limits.
    rateLimit: { enabled: false },
    database: drizzleAdapter(orm, {
      provider: "sqlite",
      schema: { user: users, session: sessions, account: credentials, verification: verifications, twoFactor: twoFactors },
    }),
    emailAndPassword: { enabled: true, disableSignUp: true },
    session: {
      expiresIn: sessionLifetimeS,
      disableSessionRefresh: true,
      cookieCache: { enabled: false },
      // Named so that the tenant chosen in the menu outlives the renewal of a session.
      additionalFields: { tenantId: { type: "string", required: false, input: false } },
    },
    advanced: { cookiePrefix: "tessera", useSecureCookies: false },
    plugins: [twoFactor({ issuer: "Tessera" })],
    databaseHooks: {
      session: {
        create: {
          // Every way to a session leads through here, whatever was proven before.
          before: async ({ userId }) => (maySignIn(getPerson(orm, userId)) ? undefined : false),
        },
      },
    },
  });
}

const otherSecret =
  "Second factors were stored under another console.key. Put that file back into DATA_DIR, or reset them with npm run tessera -- user reset EMAIL --two-factor.";

type ApiAnswer<T> = { response: T; headers: Headers };

/** An expected refusal becomes null; everything else stays an exception. */
async function answer<T>(call: () => Promise<ApiAnswer<T>>): Promise<Answered<T>> {
  try {
    const { response, headers } = await call();
    return { value: response, cookies: headers.getSetCookie().flatMap(cookiesOf) };
  } catch (failure) {
    if (failure instanceof APIError && failure.statusCode < 500) return { value: null, cookies: [] };
    if (failure instanceof Error && failure.message === "invalid tag")
      throw new AppError("console-secret.changed", otherSecret, { cause: failure });
    throw failure;
  }
}

async function enter(call: () => Promise<ApiAnswer<{ token?: string | undefined; user: { id: string } }>>) {
  const { value, cookies } = await answer(call);
  return { value: value?.token === undefined ? null : { userId: value.user.id, token: value.token }, cookies };
}

async function done(call: () => Promise<ApiAnswer<unknown>>): Promise<Answered<true>> {
  const { value, cookies } = await answer(call);
  return { value: value === null ? null : true, cookies };
}

/** The cookie of the sign-in that waits for its second factor, the first one where a client sends several. */
function pendingOf(cookie: string): string {
  return /(?:^|; )tessera\.two_factor=([^;]*)/.exec(cookie)?.[1] ?? "";
}

/** With a session beside it better-auth judges a code by that session's owner: the second step hears of the one it is for. */
function pendingOnly(visitor: Visitor): Visitor {
  return { ...visitor, cookie: `tessera.two_factor=${pendingOf(visitor.cookie)}` };
}

function headersOf({ cookie, address, userAgent }: Visitor): Headers {
  const headers = new Headers({ cookie, "x-forwarded-for": address });
  if (userAgent !== null) headers.set("user-agent", userAgent.slice(0, 300));
  return headers;
}

function cookiesOf(header: string): Cookie[] {
  return [...parseSetCookieHeader(header)].map(([name, { value, "max-age": maxAgeS }]) => ({ name, value, maxAgeS }));
}
