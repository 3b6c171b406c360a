import { expect, test } from "vitest";
import { linkLifetimeMs } from "#lib/store/one-time-links.ts";
import { peopleFixture } from "#lib/store/people-fixture.ts";
import { accepted, codesOf } from "#lib/store/store-fixture.ts";

const email = "ben@tessera.test";

test("a tenant's Admin resets the account of somebody who belongs to this tenant alone", async () => {
  const { store, tenantId, by, join } = await peopleFixture();
  const place = { tenantId, userId: await join(email, [[tenantId, "Read-Only"]]) };
  const admin = { ...by, isChannelAdmin: false };
  const { token } = accepted(await store.accounts.members.resetPassword(place, admin));
  expect(await store.accounts.passwordHash(place.userId), "the old password is gone at once").toBeNull();
  accepted(await store.accounts.resets.redeem(token, "new hash", by));
  expect(await store.accounts.passwordHash(place.userId)).toBe("new hash");
  expect(codesOf(await store.accounts.resets.redeem(token, "again", by)), "the link works once").toEqual(["password-reset.closed"]);
});

test("nobody takes over another tenant through a shared colleague: only a Channel Admin resets such an account", async () => {
  const { store, tenantId, betaId, by, join } = await peopleFixture();
  const userId = await join(email, [
    [tenantId, "Read-Only"],
    [betaId, "Admin"],
  ]);
  await join("other@tessera.test", [[betaId, "Admin"]]);
  const place = { tenantId, userId };
  const admin = { ...by, isChannelAdmin: false };
  const answers = await Promise.all([
    store.accounts.members.resetPassword(place, admin),
    store.accounts.members.resetTwoFactor(place, admin),
    store.accounts.members.setDeactivated(place, true, admin),
  ]);
  expect(answers.flatMap(codesOf)).toEqual(Array(3).fill("member.shared"));
  expect(await store.accounts.passwordHash(userId)).toBe("hash");
  accepted(await store.accounts.members.resetPassword(place, { ...by, isChannelAdmin: true }));
});

test("a Channel Admin's account is out of everybody's reach but the machine's own administrator's", async () => {
  const { store, tenantId, rootId, by } = await peopleFixture();
  const place = { tenantId, userId: rootId };
  for (const isChannelAdmin of [false, true]) {
    const resetter = { ...by, isChannelAdmin };
    expect(codesOf(await store.accounts.members.resetPassword(place, resetter))).toEqual(["member.channel-admin"]);
    expect(codesOf(await store.accounts.members.resetTwoFactor(place, resetter))).toEqual(["member.channel-admin"]);
    expect(codesOf(await store.accounts.members.setDeactivated(place, true, resetter))).toEqual(["member.channel-admin"]);
  }
});

test("nobody resets their own account: whoever finds an open browser would not be asked for the password", async () => {
  const { store, tenantId, by, join } = await peopleFixture();
  const place = { tenantId, userId: await join(email, [[tenantId, "Admin"]], "own hash") };
  const self = { ...by, author: email, isChannelAdmin: false };
  expect(codesOf(await store.accounts.members.resetPassword(place, self))).toEqual(["member.self"]);
  expect(codesOf(await store.accounts.members.resetTwoFactor(place, self))).toEqual(["member.self"]);
  expect(await store.accounts.passwordHash(place.userId)).toBe("own hash");
});

test("a reset link ends after 24 hours, with a newer one, with a deactivation and with a change of the password", async () => {
  const { store, tenantId, by, join } = await peopleFixture();
  const place = { tenantId, userId: await join(email, [[tenantId, "Read-Only"]]) };
  const admin = { ...by, isChannelAdmin: false };
  const renew = async () => accepted(await store.accounts.members.resetPassword(place, admin)).token;
  const isDead = async (token: string, now = by.now) => (await store.accounts.resets.find(token, now)) === null;

  const first = await renew();
  expect(await isDead(first, new Date(by.now.getTime() + linkLifetimeMs["password-reset"]))).toBe(true);
  const second = await renew();
  expect(await isDead(first)).toBe(true);
  accepted(await store.accounts.members.setDeactivated(place, true, admin));
  expect(await isDead(second)).toBe(true);
  accepted(await store.accounts.members.setDeactivated(place, false, admin));
  const third = await renew();
  const person = await store.accounts.get(place.userId);
  if (person) await store.accounts.changePassword(person, "own hash", "session", by);
  expect(await isDead(third)).toBe(true);
});

test("from the machine itself the last Admin gets back in, deactivated or not, and two-factor goes only when asked for", async () => {
  const { store, rootId, by, audited } = await peopleFixture();
  const reset = { email: by.author, limitSubject: "account:x" };
  const { token } = accepted(await store.accounts.resetFromMachine({ ...reset, isTwoFactorReset: false }, by));
  expect((await audited()).map(({ action }) => action)).not.toContain("two-factor.reset");
  accepted(await store.accounts.resets.redeem(token, "new hash", by));
  expect(await store.accounts.passwordHash(rootId)).toBe("new hash");
  accepted(await store.accounts.resetFromMachine({ ...reset, isTwoFactorReset: true }, by));
  expect((await audited()).map(({ action }) => action)).toContain("two-factor.reset");
  const stranger = await store.accounts.resetFromMachine({ ...reset, email: "no@body.test", isTwoFactorReset: true }, by);
  expect(codesOf(stranger)).toEqual(["user.not-found"]);
});

test("somebody stays Channel Admin", async () => {
  const { store, tenantId, by, join } = await peopleFixture();
  expect(codesOf(await store.accounts.setChannelAdmin({ email: by.author, isChannelAdmin: false }, by))).toEqual([
    "user.last-channel-admin",
  ]);
  await join(email, [[tenantId, "Read-Only"]]);
  accepted(await store.accounts.setChannelAdmin({ email, isChannelAdmin: true }, by));
  accepted(await store.accounts.setChannelAdmin({ email: by.author, isChannelAdmin: false }, by));
});
