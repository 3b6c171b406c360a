import { beforeEach, expect, test, vi } from "vitest";
import { totp } from "#e2e/totp.ts";
import type { CallContext, PersonContext } from "#lib/console/context.ts";
import { beginTwoFactor, changePassword, confirmTwoFactor, loadProfile } from "#lib/console/profile.ts";
import { enterCode, signIn, signOut } from "#lib/console/sign-in.ts";
import type { AuditAction } from "#lib/store/audit-actions.ts";
import { authenticatorFixture, nobody, password } from "#lib/store/authenticator-fixture.ts";
import { failureLimits } from "#lib/store/sign-in-limits.ts";
import { accepted, codesOf } from "#lib/store/store-fixture.ts";

type Kept = { value: string; maxAge?: number; secure?: boolean; httpOnly?: boolean; sameSite?: string };
const jar = new Map<string, Kept>();
vi.mock("next/headers", () => ({
  cookies: async () => ({ set: ({ name, ...cookie }: Kept & { name: string }) => jar.set(name, cookie) }),
}));
beforeEach(() => jar.clear());

async function consoleFixture() {
  const fixture = await authenticatorFixture();
  /** What the console knows of a request of the browser whose cookies are in the jar. */
  const call = (changes: Partial<CallContext["visitor"]> = {}): CallContext => {
    const kept = [...jar].filter(([, { maxAge }]) => maxAge !== 0);
    const cookie = kept.map(([name, { value }]) => `${name}=${encodeURIComponent(value)}`).join("; ");
    const visitor = { ...nobody, cookie, ...changes };
    return { store: fixture.store, authenticator: fixture.authenticator, visitor, address: visitor.address, now: new Date() };
  };
  const asBen = async (): Promise<PersonContext> => {
    const context = call();
    const session = await context.authenticator.findSession(context.visitor);
    const person = await fixture.store.accounts.get(fixture.benId);
    if (!session || !person) throw new Error("Ben is not signed in");
    return { ...context, person, sessionId: session.sessionId, author: person.email };
  };
  const logged = async (action: AuditAction) =>
    fixture.store.audit.list({ tenantId: fixture.tenantId, hasGlobal: true, actions: [action], limit: 10 });
  return { ...fixture, call, asBen, logged, right: { email: fixture.email, password } };
}

test("a sign-in sets one cookie that scripts cannot read, and is in the tenant's audit log", async () => {
  const { call, right, logged, email, benId } = await consoleFixture();
  expect(await signIn(right, call())).toEqual({ ok: true, value: { isCodeNeeded: false } });
  expect([...jar.keys()]).toEqual(["tessera.session_token"]);
  expect(jar.get("tessera.session_token")).toMatchObject({ httpOnly: true, sameSite: "lax", secure: false, maxAge: 12 * 3600 });
  expect(await logged("session.open")).toMatchObject([{ actor: email, subject: benId, address: "192.0.2.1", detail: { how: "password" } }]);
});

test("over HTTPS the cookie is Secure and bound to this host by its name", async () => {
  const { call, right } = await consoleFixture();
  accepted(await signIn(right, call({ isSecure: true })));
  expect([...jar]).toMatchObject([["__Host-tessera.session_token", { secure: true, httpOnly: true, sameSite: "lax" }]]);
});

test("one answer for every way to be wrong", async () => {
  const { call, right, store, tenantId, benId, by } = await consoleFixture();
  const wrong = await signIn({ ...right, password: "wrong password" }, call());
  expect(codesOf(wrong)).toEqual(["sign-in.refused"]);
  expect(await signIn({ ...right, email: "nobody@tessera.test" }, call())).toEqual(wrong);
  accepted(await store.accounts.members.setDeactivated({ tenantId, userId: benId }, true, { ...by, isChannelAdmin: false }));
  expect(await signIn(right, call())).toEqual(wrong);
  expect(jar.size).toBe(0);
});

test("after ten wrong passwords the right one is refused too, in the same words as for a name nobody has", async () => {
  const { call, right, store, tenantId } = await consoleFixture();
  for (const email of [right.email, "nobody@tessera.test"]) {
    for (let failure = 0; failure < failureLimits.account; failure++)
      expect(codesOf(await signIn({ email, password: "wrong password" }, call({ address: `192.0.2.${failure}` })))).toEqual([
        "sign-in.refused",
      ]);
  }
  const [known, unknown] = [await signIn(right, call()), await signIn({ ...right, email: "nobody@tessera.test" }, call())];
  expect(codesOf(known)).toEqual(["sign-in.limited"]);
  expect(unknown).toEqual(known);
  await store.accounts.attempts.audit(new Date(Date.now() + 60_000));
  const rows = await store.audit.list({ tenantId, hasGlobal: true, actions: ["session.fail"], limit: 100 });
  expect(rows).toHaveLength(failureLimits.account);
  expect(JSON.stringify(rows)).not.toContain("nobody@tessera.test");
});

test("signing in ends the session that the browser came with", async () => {
  const { call, right, authenticator } = await consoleFixture();
  accepted(await signIn(right, call()));
  const before = call();
  accepted(await signIn(right, before));
  expect(await authenticator.findSession(before.visitor)).toBeNull();
  expect(await authenticator.findSession(call().visitor)).not.toBeNull();
});

test("signing out takes the cookie away and is in the audit log; without a session it is no fault", async () => {
  const { call, right, logged, benId } = await consoleFixture();
  accepted(await signIn(right, call()));
  accepted(await signOut(call()));
  expect(jar.get("tessera.session_token")).toMatchObject({ value: "", maxAge: 0 });
  expect(await logged("session.close")).toMatchObject([{ subject: benId }]);
  accepted(await signOut(call()));
});

test("a code of the app opens one session only, also when it is typed twice within its half minute", async () => {
  const { call, asBen, right, logged } = await consoleFixture();
  accepted(await signIn(right, call()));
  const { secret } = accepted(await beginTwoFactor({ password }, await asBen()));
  const used = totp(secret);
  accepted(await confirmTwoFactor({ code: used }, await asBen()));
  jar.clear();
  expect(accepted(await signIn(right, call()))).toEqual({ isCodeNeeded: true });
  expect(codesOf(await enterCode({ code: used }, call())), "the code that proved the app is used").toEqual(["sign-in.wrong-code"]);

  jar.clear();
  accepted(await signIn(right, call()));
  const next = totp(secret, Date.now() + 30_000);
  accepted(await enterCode({ code: `${next.slice(0, 3)} ${next.slice(3)}` }, call()));
  expect(await logged("session.open")).toMatchObject([{ detail: { how: "authenticator code" } }, { detail: { how: "password" } }]);
  jar.clear();
  accepted(await signIn(right, call()));
  expect(codesOf(await enterCode({ code: next }, call()))).toEqual(["sign-in.wrong-code"]);
});

test("whoever knows the password does not win new guesses at the code by giving it again", async () => {
  const { call, asBen, right } = await consoleFixture();
  accepted(await signIn(right, call()));
  const { secret } = accepted(await beginTwoFactor({ password }, await asBen()));
  accepted(await confirmTwoFactor({ code: totp(secret) }, await asBen()));
  const answers: string[] = [];
  for (let guess = 0; guess < 15; guess++) {
    jar.clear();
    accepted(await signIn(right, call({ address: `192.0.2.${guess}` })));
    answers.push(...codesOf(await enterCode({ code: "000000" }, call({ address: `192.0.2.${guess}` }))));
  }
  expect(answers.filter((code) => code === "sign-in.wrong-code")).toHaveLength(failureLimits.account);
  expect(answers.at(-1)).toBe("sign-in.limited");
});

test("somebody's own session and own code do not pass for the second step of another's sign-in", async () => {
  const { call, asBen, right, join, tenantId, store, logged } = await consoleFixture();
  accepted(await signIn(right, call()));
  const ben = accepted(await beginTwoFactor({ password }, await asBen()));
  accepted(await confirmTwoFactor({ code: totp(ben.secret) }, await asBen()));
  jar.clear();
  const eve = "eve@tessera.test";
  const eveId = await join(eve, [[tenantId, "Read-Only"]]);
  accepted(await signIn({ email: eve, password }, call()));
  const person = await store.accounts.get(eveId);
  const session = await call().authenticator.findSession(call().visitor);
  if (!person || !session) throw new Error("Eve is not signed in");
  const asEve = () => ({ ...call(), person, sessionId: session.sessionId, author: eve });
  const own = accepted(await beginTwoFactor({ password }, asEve()));
  accepted(await confirmTwoFactor({ code: totp(own.secret) }, asEve()));
  const kept = jar.get("tessera.session_token");
  const opened = (await logged("session.open")).length;

  // With Ben's password Eve begins his sign-in, and puts her session's cookie beside it.
  accepted(await signIn(right, call()));
  if (kept) jar.set("tessera.session_token", kept);
  for (const code of [totp(own.secret, Date.now() + 30_000), own.recoveryCodes[0] ?? ""])
    expect(codesOf(await enterCode({ code }, call()))).toEqual(["sign-in.wrong-code"]);
  expect(await logged("session.open"), "nobody is said to have come in").toHaveLength(opened);

  // Nor do two sign-ins at once: the code counts for the one that it is asked for.
  const bens = call()
    .visitor.cookie.split("; ")
    .find((pair) => pair.startsWith("tessera.two_factor="));
  jar.clear();
  accepted(await signIn({ email: eve, password }, call()));
  const cookie = `${bens}; ${call().visitor.cookie}`;
  expect(codesOf(await enterCode({ code: own.recoveryCodes[1] ?? "" }, call({ cookie })))).toEqual(["sign-in.wrong-code"]);
  expect(await logged("session.open")).toHaveLength(opened);
});

test("a code without a pending sign-in says to start again", async () => {
  const { call } = await consoleFixture();
  expect(codesOf(await enterCode({ code: "123456" }, call()))).toEqual(["sign-in.not-pending"]);
});

test("changing the password ends the other sessions and keeps this one; in an open browser it cannot be guessed", async () => {
  const { call, asBen, right, store, benId } = await consoleFixture();
  accepted(await signIn(right, call()));
  const other = new Map(jar);
  jar.clear();
  accepted(await signIn(right, call()));
  expect((await loadProfile(await asBen())).sessions).toHaveLength(2);
  const change = { password: "wrong password", newPassword: "another long password" };
  expect(codesOf(await changePassword(change, await asBen()))).toEqual(["password.wrong"]);
  accepted(await changePassword({ ...change, password }, await asBen()));
  expect((await loadProfile(await asBen())).sessions).toMatchObject([{ isThis: true }]);
  expect(other.size).toBe(1);
  for (let failure = 0; failure < failureLimits.account; failure++) await changePassword(change, await asBen());
  expect(codesOf(await changePassword({ ...change, password: change.newPassword }, await asBen()))).toEqual(["sign-in.limited"]);
  expect(await store.accounts.passwordHash(benId)).not.toBeNull();
});
