import { createHmac } from "node:crypto";
import path from "node:path";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { APIError } from "better-auth/api";
import { parseSetCookieHeader } from "better-auth/cookies";
import { hashPassword, verifyPassword } from "better-auth/crypto";
import { betterAuth } from "better-auth/minimal";
import { twoFactor } from "better-auth/plugins/two-factor";
import { credentials, sessions, twoFactors, users, verifications } from "#lib/store/account-tables.ts";
import { openConnection } from "#lib/store/connection.ts";
import type { Orm } from "#lib/store/database.ts";
import { getPerson, maySignIn } from "#lib/store/people.ts";

/** What of a request matters to its session: its cookies, the socket's address and the browser's name for itself. */
export type Caller = { cookie: string; address: string | null; userAgent: string | null };

/** A cookie for the answer; `maxAgeS` 0 takes it away. */
export type Cookie = { name: string; value: string; maxAgeS: number | undefined; isSecure: boolean };

/** What a call answers, and the cookies that go with it; null where it was refused. */
export type Answered<T> = { value: T | null; cookies: Cookie[] };

export type SessionFacts = { sessionId: string; userId: string; token: string };
export type Enrolment = { uri: string; recoveryCodes: string[] };

/** Sign-ins, sessions and second factors: better-auth behind the few calls that the console makes of it. */
export type Authenticator = {
  /** Sets the cookies of a session, or of a sign-in that waits for its second factor (`isCodeNeeded`). */
  signIn(caller: Caller, email: string, password: string): Promise<Answered<{ isCodeNeeded: boolean; userId: string | null }>>;
  enterCode(caller: Caller, code: string): Promise<Answered<{ userId: string; token: string }>>;
  enterRecoveryCode(caller: Caller, code: string): Promise<Answered<{ userId: string; token: string }>>;
  findSession(caller: Caller): Promise<SessionFacts | null>;
  signOut(caller: Caller): Promise<Cookie[]>;
  beginTwoFactor(caller: Caller, password: string): Promise<Answered<Enrolment>>;
  confirmTwoFactor(caller: Caller, code: string): Promise<Answered<true>>;
  endTwoFactor(caller: Caller, password: string): Promise<Answered<true>>;
  renewRecoveryCodes(caller: Caller, password: string): Promise<Answered<string[]>>;
  /** A hash that only this console can make: for what may be compared and must not be read. */
  keyedHash(text: string): string;
  close(): void;
};

/** How long a session lasts, in seconds: a working day, whatever happens in it. */
export const sessionLifetimeS = 12 * 3600;

/** Opens lazily; `secret` signs the cookies and encrypts second factors, `isSecure` says that people come over HTTPS. */
export function openAuthenticator(dataDir: string, secret: () => string, isSecure: boolean): Authenticator {
  const connection = openConnection(path.join(dataDir, "console.db"), { isReadonly: false, busyTimeoutMs: 2_000 });
  let made: { generation: number; auth: ReturnType<typeof createAuth> } | undefined;

  // A file that was replaced has another connection, and better-auth keeps the one it was given.
  function api() {
    const orm = connection.read((queries) => queries);
    if (made?.generation !== connection.generation())
      made = { generation: connection.generation(), auth: createAuth(orm, secret(), isSecure) };
    return made.auth.api;
  }

  return {
    async signIn(caller, email, password) {
      const { value, cookies } = await answer(() =>
        api().signInEmail({ body: { email, password }, headers: headersOf(caller), returnHeaders: true }),
      );
      if (value === null) return { value, cookies: [] };
      const isCodeNeeded = "twoFactorRedirect" in value;
      return { value: { isCodeNeeded, userId: isCodeNeeded ? null : value.user.id }, cookies };
    },
    enterCode: (caller, code) => enter(() => api().verifyTOTP({ body: { code }, headers: headersOf(caller), returnHeaders: true })),
    enterRecoveryCode: (caller, code) =>
      enter(() => api().verifyBackupCode({ body: { code }, headers: headersOf(caller), returnHeaders: true })),
    async findSession(caller) {
      if (!caller.cookie.includes("session_token")) return null;
      const found = await api().getSession({ headers: headersOf(caller) });
      return found && { sessionId: found.session.id, userId: found.user.id, token: found.session.token };
    },
    signOut: async (caller) => (await answer(() => api().signOut({ headers: headersOf(caller), returnHeaders: true }))).cookies,
    async beginTwoFactor(caller, password) {
      const begun = await answer(() =>
        api().enableTwoFactor({ body: { password, method: "totp" }, headers: headersOf(caller), returnHeaders: true }),
      );
      if (begun.value === null || begun.value.method !== "totp") return { value: null, cookies: [] };
      return { value: { uri: begun.value.totpURI, recoveryCodes: begun.value.backupCodes }, cookies: begun.cookies };
    },
    confirmTwoFactor: (caller, code) => done(() => api().verifyTOTP({ body: { code }, headers: headersOf(caller), returnHeaders: true })),
    endTwoFactor: (caller, password) =>
      done(() => api().disableTwoFactor({ body: { password }, headers: headersOf(caller), returnHeaders: true })),
    async renewRecoveryCodes(caller, password) {
      const renewed = await answer(() =>
        api().generateBackupCodes({ body: { password }, headers: headersOf(caller), returnHeaders: true }),
      );
      return { ...renewed, value: renewed.value && renewed.value.backupCodes };
    },
    keyedHash: (text) => createHmac("sha256", secret()).update(text).digest("hex"),
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

function createAuth(orm: Orm, secret: string, isSecure: boolean) {
  return betterAuth({
    appName: "Tessera",
    // Never called from outside: only the scheme matters, for the cookies.
    baseURL: isSecure ? "https://localhost" : "http://localhost",
    secret,
    telemetry: { enabled: false },
    logger: { disabled: true },
    // It believes X-Forwarded-For and counts successes; see sign-in-limits.
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
    advanced: { cookiePrefix: "tessera", useSecureCookies: isSecure },
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

type ApiAnswer<T> = { response: T; headers: Headers };

/** An expected refusal becomes null; everything else stays an exception. */
async function answer<T>(call: () => Promise<ApiAnswer<T>>): Promise<Answered<T>> {
  try {
    const { response, headers } = await call();
    return { value: response, cookies: headers.getSetCookie().flatMap(cookiesOf) };
  } catch (failure) {
    if (failure instanceof APIError && failure.statusCode < 500) return { value: null, cookies: [] };
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

function headersOf({ cookie, address, userAgent }: Caller): Headers {
  const headers = new Headers({ cookie });
  if (address !== null) headers.set("x-forwarded-for", address);
  if (userAgent !== null) headers.set("user-agent", userAgent.slice(0, 300));
  return headers;
}

function cookiesOf(header: string): Cookie[] {
  return [...parseSetCookieHeader(header)].map(([name, { value, secure, ...attributes }]) => ({
    name,
    value,
    maxAgeS: attributes["max-age"],
    isSecure: secure === true,
  }));
}
