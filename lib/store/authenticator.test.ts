import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { decodeBase32, totp } from "#e2e/totp.ts";
import { fitsPassword, sessionLifetimeS, type Visitor } from "#lib/store/authenticator.ts";
import { authenticatorFixture, browserAfter, granted, nobody, password } from "#lib/store/authenticator-fixture.ts";
import { ensureConsoleSecret } from "#lib/store/console-secret.ts";
import { accepted } from "#lib/store/store-fixture.ts";

type Fixture = Awaited<ReturnType<typeof authenticatorFixture>>;

async function signIn({ authenticator, email }: Fixture, from = nobody): Promise<Visitor> {
  return browserAfter(await authenticator.signIn(from, email, password), from);
}

/** Turns two-factor on; answers the browser afterwards and the secret of the app. */
async function enrol(fixture: Fixture) {
  const visitor = await signIn(fixture);
  const begun = granted(await fixture.authenticator.beginTwoFactor(visitor, password));
  const secret = new URL(begun.uri).searchParams.get("secret") ?? "";
  const confirmed = await fixture.authenticator.confirmTwoFactor(visitor, totp(secret));
  granted(confirmed);
  return { before: visitor, visitor: browserAfter(confirmed, visitor), secret, recoveryCodes: begun.recoveryCodes };
}

test("the right password opens a session, a wrong one and an unknown name open none", async () => {
  const fixture = await authenticatorFixture();
  const { authenticator, email, benId } = fixture;
  expect(await authenticator.findSession(await signIn(fixture))).toMatchObject({ userId: benId });
  expect(await authenticator.signIn(nobody, email, "wrong password")).toEqual({ value: null, cookies: [] });
  expect(await authenticator.signIn(nobody, "nobody@tessera.test", password)).toEqual({ value: null, cookies: [] });
  expect(await authenticator.findSession(nobody)).toBeNull();
});

test("a session that an attacker planted is not the one a sign-in opens", async () => {
  const fixture = await authenticatorFixture();
  const { authenticator } = fixture;
  const planted = await signIn(fixture);
  const after = await signIn(fixture, planted);
  const [before, now] = [await authenticator.findSession(planted), await authenticator.findSession(after)];
  expect(now?.token).toBeDefined();
  expect(now?.token).not.toBe(before?.token);
  const made = { ...nobody, cookie: "tessera.session_token=chosen-by-an-attacker.c2lnbmF0dXJl" };
  expect(browserAfter(await authenticator.signIn(made, fixture.email, password), made).cookie).not.toContain("chosen-by-an-attacker");
});

test("the database alone opens no session: the cookie carries a signature that is made with a file beside it", async () => {
  const fixture = await authenticatorFixture();
  const { authenticator, dataDir } = fixture;
  const { token } = (await authenticator.findSession(await signIn(fixture))) ?? {};
  const stored = ["console.db", "console.db-wal"].map((file) => readFileSync(path.join(dataDir, file)));
  expect(
    stored.some((bytes) => bytes.includes(token ?? "?")),
    "the token itself does lie in the database",
  ).toBe(true);
  expect(await authenticator.findSession({ ...nobody, cookie: `tessera.session_token=${token}` })).toBeNull();
  expect(await authenticator.findSession({ ...nobody, cookie: `tessera.session_token=${token}.c2lnbmF0dXJl` })).toBeNull();
});

test("a session ends by itself after twelve hours, whatever happened in it", async () => {
  const fixture = await authenticatorFixture();
  const visitor = await signIn(fixture);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + (sessionLifetimeS - 60) * 1_000 });
  onTestFinished(() => void vi.useRealTimers());
  expect(await fixture.authenticator.findSession(visitor)).not.toBeNull();
  vi.setSystemTime(Date.now() + 61_000);
  expect(await fixture.authenticator.findSession(visitor)).toBeNull();
});

test("joining another tenant ends the sessions that the account had before", async () => {
  const fixture = await authenticatorFixture();
  const { store, betaId, email, benId, by } = fixture;
  const visitor = await signIn(fixture);
  const { token } = accepted(await store.accounts.invitations.add({ tenantId: betaId, email, role: "Admin" }, by));
  accepted(await store.accounts.invitations.accept(token, { userId: benId }, by));
  expect(await fixture.authenticator.findSession(visitor)).toBeNull();
});

test("what somebody does with the own account is in the audit log of the only tenant they belong to", async () => {
  const fixture = await authenticatorFixture();
  const { store, tenantId, benId, by, now } = fixture;
  const { sessionId = "" } = (await fixture.authenticator.findSession(await signIn(fixture))) ?? {};
  const person = await store.accounts.get(benId);
  if (person) await store.accounts.changePassword(person, "hash", sessionId, by);
  accepted(await store.accounts.sessions.revoke(benId, sessionId, by));
  const rows = await store.audit.list({ tenantId, hasGlobal: false, limit: 2 });
  expect(rows.map(({ action }) => action)).toEqual(["session.revoke", "password.change"]);
  expect(await store.accounts.sessions.list(benId, now)).toEqual([]);
});

test("signing out ends the session, not only the cookie", async () => {
  const fixture = await authenticatorFixture();
  const visitor = await signIn(fixture);
  const cookies = await fixture.authenticator.signOut(visitor);
  expect(cookies.find(({ name }) => name === "tessera.session_token")).toMatchObject({ value: "", maxAgeS: 0 });
  expect(await fixture.authenticator.findSession(visitor)).toBeNull();
});

test.each([
  [
    "deactivated",
    ({ store, tenantId, benId, by }: Fixture) =>
      store.accounts.members.setDeactivated({ tenantId, userId: benId }, true, { ...by, isChannelAdmin: false }),
  ],
  [
    "removed from the only tenant",
    ({ store, tenantId, benId, by }: Fixture) => store.accounts.members.remove({ tenantId, userId: benId }, by),
  ],
])("whoever was %s is out at once and does not get in with the right password", async (_, expel) => {
  const fixture = await authenticatorFixture();
  const visitor = await signIn(fixture);
  accepted(await expel(fixture));
  expect(await fixture.authenticator.findSession(visitor)).toBeNull();
  expect((await fixture.authenticator.signIn(nobody, fixture.email, password)).value).toBeNull();
});

test("with two-factor the password opens nothing yet; a code does, once per sign-in", async () => {
  const fixture = await authenticatorFixture();
  const { secret } = await enrol(fixture);
  const answer = await fixture.authenticator.signIn(nobody, fixture.email, password);
  expect(answer.value).toEqual({ isCodeNeeded: true, userId: null });
  const waiting = browserAfter(answer);
  expect(await fixture.authenticator.findSession(waiting)).toBeNull();
  expect(await fixture.authenticator.findPending(waiting)).toBe(fixture.benId);
  expect((await fixture.authenticator.enterCode(waiting, "000000")).value).toBeNull();
  const entered = await fixture.authenticator.enterCode(waiting, totp(secret));
  expect(await fixture.authenticator.findSession(browserAfter(entered, waiting))).toMatchObject({ userId: fixture.benId });
  expect((await fixture.authenticator.enterCode(waiting, totp(secret))).value, "the pending sign-in is used up").toBeNull();
});

test("turning two-factor on renews the session, so that one opened before is no way around it", async () => {
  const { authenticator, ...fixture } = await authenticatorFixture();
  const { before, visitor } = await enrol({ authenticator, ...fixture });
  expect(await authenticator.findSession(before)).toBeNull();
  expect(await authenticator.findSession(visitor)).not.toBeNull();
});

test("a recovery code opens a session and is used up", async () => {
  const fixture = await authenticatorFixture();
  const { recoveryCodes } = await enrol(fixture);
  const enter = async (code: string) => {
    const waiting = browserAfter(await fixture.authenticator.signIn(nobody, fixture.email, password));
    return (await fixture.authenticator.enterRecoveryCode(waiting, code)).value;
  };
  expect(recoveryCodes).toHaveLength(10);
  expect(await enter(recoveryCodes[0] ?? "")).toMatchObject({ userId: fixture.benId });
  expect(await enter(recoveryCodes[0] ?? "")).toBeNull();
  expect(await enter(recoveryCodes[1] ?? "")).toMatchObject({ userId: fixture.benId });
});

test("after five wrong codes a pending sign-in is over, also for the right one", async () => {
  const fixture = await authenticatorFixture();
  const { secret } = await enrol(fixture);
  const waiting = browserAfter(await fixture.authenticator.signIn(nobody, fixture.email, password));
  for (let failure = 0; failure < 5; failure++) expect((await fixture.authenticator.enterCode(waiting, "000000")).value).toBeNull();
  expect((await fixture.authenticator.enterCode(waiting, totp(secret))).value).toBeNull();
});

test("resetting a password ends sign-ins that wait for their code, and keeps two-factor", async () => {
  const fixture = await authenticatorFixture();
  const { secret } = await enrol(fixture);
  const waiting = browserAfter(await fixture.authenticator.signIn(nobody, fixture.email, password));
  const { store, tenantId, benId, by } = fixture;
  accepted(await store.accounts.members.resetPassword({ tenantId, userId: benId }, { ...by, isChannelAdmin: false }));
  expect((await fixture.authenticator.enterCode(waiting, totp(secret))).value).toBeNull();
  expect((await fixture.authenticator.signIn(nobody, fixture.email, password)).value, "the old password is dead").toBeNull();
  expect(await store.accounts.get(benId)).toMatchObject({ hasTwoFactor: true });
});

test("second factors do not lie in the database in the clear", async () => {
  const fixture = await authenticatorFixture();
  const { secret, recoveryCodes } = await enrol(fixture);
  for (const file of ["console.db", "console.db-wal"]) {
    const bytes = readFileSync(path.join(fixture.dataDir, file));
    for (const needle of [secret, decodeBase32(secret), recoveryCodes[0] ?? "?"]) expect(bytes.includes(needle)).toBe(false);
  }
});

test("with another console.key nobody is signed in any more, and a second factor says what to do", async () => {
  const fixture = await authenticatorFixture();
  const { visitor, secret } = await enrol(fixture);
  rmSync(path.join(fixture.dataDir, "console.key"));
  ensureConsoleSecret(fixture.dataDir);
  fixture.authenticator.close();
  expect(await fixture.authenticator.findSession(visitor)).toBeNull();
  const waiting = browserAfter(await fixture.authenticator.signIn(nobody, fixture.email, password));
  await expect(fixture.authenticator.enterCode(waiting, totp(secret))).rejects.toMatchObject({ code: "console-secret.changed" });
});

test("without a password to compare with, the comparison takes its time and fails", async () => {
  expect(await fitsPassword(null, password)).toBe(false);
});
