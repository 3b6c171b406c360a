import { expect, test } from "vitest";
import { peopleFixture } from "#lib/store/people-fixture.ts";
import { accepted, codesOf } from "#lib/store/store-fixture.ts";

test("a role is changed with its audit row", async () => {
  const { store, tenantId, by, join, audited } = await peopleFixture();
  const userId = await join("ben@tessera.test", [[tenantId, "Read-Only"]]);
  accepted(await store.accounts.members.setRole({ tenantId, userId }, "Admin", by));
  expect((await store.accounts.get(userId))?.memberships).toMatchObject([{ role: "Admin" }]);
  expect((await audited()).at(-1)).toEqual({ action: "member.role", subject: userId, actor: by.author });
});

test("a tenant's last Admin keeps the role, stays in the tenant and stays active, until there is another", async () => {
  const { store, betaId, by, join, audited } = await peopleFixture();
  const place = { tenantId: betaId, userId: await join("ben@tessera.test", [[betaId, "Admin"]]) };
  const before = (await audited(betaId)).length;
  expect(codesOf(await store.accounts.members.setRole(place, "Read-Only", by))).toEqual(["member.last-admin"]);
  expect(codesOf(await store.accounts.members.remove(place, by))).toEqual(["member.last-admin"]);
  expect(codesOf(await store.accounts.members.setDeactivated(place, true, { ...by, isChannelAdmin: true }))).toEqual(["member.last-admin"]);
  expect(await audited(betaId), "what is refused leaves no row").toHaveLength(before);

  await join("cleo@tessera.test", [[betaId, "Admin"]]);
  accepted(await store.accounts.members.setRole(place, "Read-Only", by));
});

test("a deactivated Admin does not count as one", async () => {
  const { store, betaId, by, join } = await peopleFixture();
  const benId = await join("ben@tessera.test", [[betaId, "Admin"]]);
  const cleoId = await join("cleo@tessera.test", [[betaId, "Admin"]]);
  accepted(await store.accounts.members.setDeactivated({ tenantId: betaId, userId: benId }, true, { ...by, isChannelAdmin: false }));
  expect(codesOf(await store.accounts.members.remove({ tenantId: betaId, userId: cleoId }, by))).toEqual(["member.last-admin"]);
});

test("removing somebody ends their membership in this tenant alone", async () => {
  const { store, tenantId, betaId, by, join } = await peopleFixture();
  const userId = await join("ben@tessera.test", [
    [tenantId, "Admin"],
    [betaId, "Read-Only"],
  ]);
  accepted(await store.accounts.members.remove({ tenantId, userId }, by));
  expect((await store.accounts.get(userId))?.memberships).toMatchObject([{ tenantId: betaId }]);
});

test.each(["removed", "made Read-Only", "deactivated"])("the links that an Admin made are dead once the Admin is %s", async (how) => {
  const { store, tenantId, betaId, by, join } = await peopleFixture();
  const place = { tenantId, userId: await join("eve@tessera.test", [[tenantId, "Admin"]]) };
  const other = { tenantId, userId: await join("ben@tessera.test", [[tenantId, "Read-Only"]]) };
  const eve = { ...by, author: "eve@tessera.test", isChannelAdmin: false };
  const invite = async (who: string, to: string, author = eve) =>
    accepted(await store.accounts.invitations.add({ tenantId: to, email: who, role: "Admin" }, author)).token;
  const reset = accepted(await store.accounts.members.resetPassword(other, eve)).token;
  const invitation = await invite("accomplice@tessera.test", tenantId);
  const rootsOwn = await invite("cleo@tessera.test", betaId, { ...eve, ...by });

  if (how === "removed") accepted(await store.accounts.members.remove(place, by));
  else if (how === "made Read-Only") accepted(await store.accounts.members.setRole(place, "Read-Only", by));
  else accepted(await store.accounts.members.setDeactivated(place, true, { ...by, isChannelAdmin: false }));
  expect(await store.accounts.invitations.find(invitation, by.now)).toBeNull();
  expect(await store.accounts.resets.find(reset, by.now)).toBeNull();
  expect(await store.accounts.invitations.find(rootsOwn, by.now), "what others made stays").not.toBeNull();
});

test("people of another tenant are not found", async () => {
  const { store, tenantId, betaId, by, join } = await peopleFixture();
  const place = { tenantId, userId: await join("ben@tessera.test", [[betaId, "Read-Only"]]) };
  const resetter = { ...by, isChannelAdmin: true };
  const answers = await Promise.all([
    store.accounts.members.setRole(place, "Admin", by),
    store.accounts.members.remove(place, by),
    store.accounts.members.resetPassword(place, resetter),
    store.accounts.members.resetTwoFactor(place, resetter),
    store.accounts.members.setDeactivated(place, true, resetter),
  ]);
  expect(answers.flatMap(codesOf)).toEqual(Array(5).fill("member.not-found"));
});

test("the list says who is shared, so that the page can say why an account is not this tenant's to reset", async () => {
  const { store, tenantId, betaId, join } = await peopleFixture();
  await join("both@tessera.test", [
    [tenantId, "Read-Only"],
    [betaId, "Read-Only"],
  ]);
  await join("own@tessera.test", [[tenantId, "Read-Only"]]);
  const members = await store.accounts.members.list(tenantId);
  expect(members.map(({ email, isShared, isChannelAdmin }) => [email, isShared, isChannelAdmin])).toEqual([
    ["both@tessera.test", true, false],
    ["own@tessera.test", false, false],
    ["root@tessera.test", true, true],
  ]);
});
