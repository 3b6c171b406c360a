import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { linkLifetimeMs } from "#lib/store/one-time-links.ts";
import { peopleFixture } from "#lib/store/people-fixture.ts";
import { accepted, codesOf } from "#lib/store/store-fixture.ts";

const email = "ben@tessera.test";
const chosen = { passwordHash: "hash" };

test("an invitation makes an account and a membership, once, and both ends are in the audit log", async () => {
  const { store, tenantId, by, audited } = await peopleFixture();
  const { token } = accepted(await store.accounts.invitations.add({ tenantId, email, role: "Read-Only" }, by));
  expect(await store.accounts.invitations.find(token, by.now)).toMatchObject({ email, tenantId, role: "Read-Only", userId: null });
  const { userId } = accepted(await store.accounts.invitations.accept(token, chosen, by));
  expect(await store.accounts.get(userId)).toMatchObject({ isChannelAdmin: false, memberships: [{ tenantId, role: "Read-Only" }] });
  expect(codesOf(await store.accounts.invitations.accept(token, { userId }, by))).toEqual(["invitation.closed"]);
  expect((await audited()).slice(-2)).toEqual([
    { action: "invitation.create", subject: email, actor: by.author },
    { action: "invitation.accept", subject: userId, actor: email },
  ]);
});

test("the token itself is nowhere on the disk", async () => {
  const { dataDir, store, tenantId, by } = await peopleFixture();
  const { token } = accepted(await store.accounts.invitations.add({ tenantId, email, role: "Admin" }, by));
  for (const file of ["console.db", "console.db-wal"]) expect(readFileSync(path.join(dataDir, file)).includes(token)).toBe(false);
});

test("after 24 hours an invitation is dead", async () => {
  const { store, tenantId, by } = await peopleFixture();
  const { token } = accepted(await store.accounts.invitations.add({ tenantId, email, role: "Admin" }, by));
  const later = { ...by, now: new Date(by.now.getTime() + linkLifetimeMs.invitation) };
  expect(await store.accounts.invitations.find(token, later.now)).toBeNull();
  expect(codesOf(await store.accounts.invitations.accept(token, chosen, later))).toEqual(["invitation.closed"]);
  expect(await store.accounts.invitations.list(tenantId, later.now)).toEqual([]);
});

test("a second invitation ends the first, and one that is withdrawn is dead", async () => {
  const { store, tenantId, by } = await peopleFixture();
  const first = accepted(await store.accounts.invitations.add({ tenantId, email, role: "Admin" }, by)).token;
  const second = accepted(await store.accounts.invitations.add({ tenantId, email, role: "Read-Only" }, by)).token;
  expect(await store.accounts.invitations.find(first, by.now)).toBeNull();
  const [invitation] = await store.accounts.invitations.list(tenantId, by.now);
  accepted(await store.accounts.invitations.withdraw(tenantId, invitation?.id ?? "", by));
  expect(await store.accounts.invitations.find(second, by.now)).toBeNull();
});

test("another tenant can neither see nor withdraw an invitation", async () => {
  const { store, tenantId, betaId, by } = await peopleFixture();
  const { token } = accepted(await store.accounts.invitations.add({ tenantId, email, role: "Admin" }, by));
  const [invitation] = await store.accounts.invitations.list(tenantId, by.now);
  expect(await store.accounts.invitations.list(betaId, by.now)).toEqual([]);
  expect(codesOf(await store.accounts.invitations.withdraw(betaId, invitation?.id ?? "", by))).toEqual(["invitation.not-found"]);
  expect(await store.accounts.invitations.find(token, by.now)).not.toBeNull();
});

test("an account that exists is joined by its owner only: the link sets no new password", async () => {
  const { store, tenantId, betaId, by, join } = await peopleFixture();
  const userId = await join(email, [[betaId, "Admin"]], "the owner's hash");
  const { token } = accepted(await store.accounts.invitations.add({ tenantId, email, role: "Admin" }, by));
  expect(codesOf(await store.accounts.invitations.accept(token, { passwordHash: "an intruder's hash" }, by))).toEqual([
    "invitation.closed",
  ]);
  const eveId = await join("eve@tessera.test", [[betaId, "Read-Only"]]);
  expect(codesOf(await store.accounts.invitations.accept(token, { userId: eveId }, by))).toEqual(["invitation.closed"]);
  accepted(await store.accounts.invitations.accept(token, { userId }, by));
  expect(await store.accounts.passwordHash(userId)).toBe("the owner's hash");
  expect((await store.accounts.get(userId))?.memberships).toHaveLength(2);
});

test("a deactivated account is not joined, and the link stays unused", async () => {
  const { store, tenantId, betaId, by, join } = await peopleFixture();
  const userId = await join(email, [[betaId, "Read-Only"]]);
  accepted(await store.accounts.members.setDeactivated({ tenantId: betaId, userId }, true, { ...by, isChannelAdmin: false }));
  const { token } = accepted(await store.accounts.invitations.add({ tenantId, email, role: "Admin" }, by));
  expect(codesOf(await store.accounts.invitations.accept(token, { userId }, by))).toEqual(["invitation.closed"]);
  expect((await store.accounts.get(userId))?.memberships).toHaveLength(1);
});

test("whoever belongs to the tenant is not invited again", async () => {
  const { store, tenantId, by } = await peopleFixture();
  const again = await store.accounts.invitations.add({ tenantId, email: by.author, role: "Read-Only" }, by);
  expect(codesOf(again)).toEqual(["invitation.member"]);
});
