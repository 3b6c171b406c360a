import { expect, test } from "vitest";
import { linkLifetimeMs } from "#lib/store/one-time-links.ts";
import { accepted, codesOf, storeFixture } from "#lib/store/store-fixture.ts";

const launcher = (now: Date) => ({ author: "launcher", address: null, now });
const ana = { email: "ana@tessera.test", passwordHash: "hash" };

test("the set-up link makes the first admin: Channel Admin, Admin of Default, in the audit log", async () => {
  const { store, tenantId, now } = await storeFixture();
  const token = (await store.accounts.setup.renewLink(launcher(now))) ?? "";
  expect(token, "256 bits").toMatch(/^[\w-]{43}$/);
  const { userId } = accepted(await store.accounts.setup.redeem(token, ana, { ...launcher(now), address: "192.0.2.7" }));
  const memberships = [{ tenantId, tenantName: "Default", role: "Admin" }];
  expect(await store.accounts.get(userId)).toMatchObject({ email: ana.email, isChannelAdmin: true, memberships });
  const [row] = await store.audit.list({ tenantId, hasGlobal: true, actions: ["user.create"], limit: 1 });
  expect(row).toMatchObject({ actor: ana.email, address: "192.0.2.7", subject: userId });
  expect(JSON.stringify(row?.detail)).not.toContain("hash");
});

test("of two that come with the same link only the first gets in", async () => {
  const { store, now } = await storeFixture();
  const token = (await store.accounts.setup.renewLink(launcher(now))) ?? "";
  const both = await Promise.all(
    ["ana", "eve"].map((name) => store.accounts.setup.redeem(token, { ...ana, email: `${name}@x.test` }, launcher(now))),
  );
  expect(both.map(({ ok }) => ok)).toEqual([true, false]);
  expect(await store.accounts.byEmail("eve@x.test")).toBeNull();
});

test.each([
  ["an hour later", linkLifetimeMs.setup, (token: string) => token],
  ["with another token", 0, (token: string) => `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`],
  ["with no token", 0, () => ""],
])("the set-up link does not work %s", async (_, laterMs, change) => {
  const { store, now } = await storeFixture();
  const token = (await store.accounts.setup.renewLink(launcher(now))) ?? "";
  const later = new Date(now.getTime() + laterMs);
  expect(await store.accounts.setup.isOpen(change(token), later)).toBe(false);
  expect(codesOf(await store.accounts.setup.redeem(change(token), ana, launcher(later)))).toEqual(["setup.closed"]);
  expect(await store.accounts.hasAny()).toBe(false);
});

test("a new start ends the link that was printed before", async () => {
  const { store, now } = await storeFixture();
  const first = (await store.accounts.setup.renewLink(launcher(now))) ?? "";
  const second = (await store.accounts.setup.renewLink(launcher(now))) ?? "";
  expect(await store.accounts.setup.isOpen(first, now)).toBe(false);
  expect(await store.accounts.setup.isOpen(second, now)).toBe(true);
});

test("once anybody has had an account set-up is closed for good, also for a link still in hand and for the environment", async () => {
  const { store, now } = await storeFixture();
  const token = (await store.accounts.setup.renewLink(launcher(now))) ?? "";
  accepted(await store.accounts.setup.addFirstAdmin(ana, launcher(now)));
  const eve = { ...ana, email: "eve@x.test" };
  expect(codesOf(await store.accounts.setup.redeem(token, eve, launcher(now)))).toEqual(["setup.closed"]);
  expect(codesOf(await store.accounts.setup.addFirstAdmin(eve, launcher(now)))).toEqual(["setup.closed"]);
  expect(await store.accounts.setup.renewLink(launcher(now))).toBeNull();
});
