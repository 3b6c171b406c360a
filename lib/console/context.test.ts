import { beforeEach, expect, test, vi } from "vitest";
import { inChosenTenant, inTenant, onSite, onSiteOrIn, signedIn } from "#lib/console/access.ts";
import type { SiteContext } from "#lib/console/context.ts";
import { createTenant, loadShell, switchTenant } from "#lib/console/tenants.ts";
import { authenticatorFixture, browserAfter, nobody, password } from "#lib/store/authenticator-fixture.ts";
import { accepted, codesOf } from "#lib/store/store-fixture.ts";

const request = vi.hoisted(() => ({ cookie: "", store: null as unknown, authenticator: null as unknown }));
vi.mock("#lib/console/store.ts", () => ({ consoleStore: () => request.store }));
vi.mock("#lib/console/authenticator.ts", () => ({ consoleAuthenticator: () => request.authenticator }));
vi.mock("#lib/console/visitor.ts", () => ({ readVisitor: async () => ({ ...nobody, cookie: request.cookie }) }));
beforeEach(() => Object.assign(request, { cookie: "" }));

async function signedInFixture() {
  const fixture = await authenticatorFixture();
  Object.assign(request, { store: fixture.store, authenticator: fixture.authenticator });
  const comeAs = async (email: string) => {
    request.cookie = browserAfter(await fixture.authenticator.signIn(nobody, email, password)).cookie;
  };
  const bensSite = accepted(await fixture.save({ hostName: "ben.test" })).siteId;
  return { ...fixture, comeAs, bensSite };
}

const tenantOf = (opened: { ok: true; value: SiteContext } | { ok: false }) => (opened.ok ? opened.value.tenant.name : null);

test("without a session, and with one whose owner was removed meanwhile, there is no context", async () => {
  const { comeAs, store, tenantId, benId, by, bensSite } = await signedInFixture();
  expect(codesOf(await signedIn.open(null))).toEqual(["session.missing"]);
  await comeAs("ben@tessera.test");
  expect(tenantOf(await onSite("Read-Only").open({ siteId: bensSite }))).toBe("Default");
  accepted(await store.accounts.members.remove({ tenantId, userId: benId }, by));
  expect(codesOf(await onSite("Read-Only").open({ siteId: bensSite }))).toEqual(["session.missing"]);
});

test("a role that was changed counts from the next request on", async () => {
  const { comeAs, store, tenantId, benId, by } = await signedInFixture();
  await comeAs("ben@tessera.test");
  expect(codesOf(await inTenant("Admin").open({ tenantId }))).toEqual(["role.read-only"]);
  accepted(await store.accounts.members.setRole({ tenantId, userId: benId }, "Admin", by));
  expect(tenantOf(await inTenant("Admin").open({ tenantId }))).toBe("Default");
});

test("another tenant, its sites and what never was are the same nothing", async () => {
  const { comeAs, betaId, join, bensSite } = await signedInFixture();
  await join("eve@tessera.test", [[betaId, "Admin"]]);
  await comeAs("eve@tessera.test");
  const never = "00000000-0000-4000-8000-000000000000";
  const answers = await Promise.all([
    onSite("Read-Only").open({ siteId: bensSite }),
    onSite("Read-Only").open({ siteId: never }),
    inTenant("Read-Only").open({ tenantId: never }),
    onSiteOrIn("Admin").open({ siteId: bensSite, tenantId: betaId }),
  ]);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers.flatMap((answer) => codesOf(answer))).toEqual(Array(4).fill("not-found"));
});

test("the menu's choice is a person's own tenants only, lasts for the session, and falls back when it is taken away", async () => {
  const { comeAs, tenantId, betaId, join, by, store } = await signedInFixture();
  const userId = await join("both@tessera.test", [
    [tenantId, "Read-Only"],
    [betaId, "Admin"],
  ]);
  await join("other@tessera.test", [[betaId, "Admin"]]);
  await comeAs("both@tessera.test");
  const shown = async () => tenantOf(await inChosenTenant("Read-Only").open(null));
  expect(await shown()).toBe("Beta");
  const person = accepted(await signedIn.open(null));
  accepted(await switchTenant({ tenantId }, person));
  expect(await shown()).toBe("Default");
  const gamma = accepted(await store.tenants.add("Gamma", by));
  expect(codesOf(await switchTenant({ tenantId: gamma.id }, person))).toEqual(["not-found"]);
  expect((await loadShell(person)).tenants.map(({ name }) => name)).toEqual(["Beta", "Default"]);
  accepted(await store.accounts.members.setRole({ tenantId, userId }, "Read-Only", by));
  const rest = accepted(await signedIn.open(null));
  await store.accounts.sessions.choose(rest.sessionId, gamma.id);
  expect(await shown(), "a choice that is not theirs any more does not count").toBe("Beta");
});

test("a Channel Admin acts in every tenant; a tenant made from the menu is the one shown", async () => {
  const { comeAs, join, tenantId, store, by, betaId } = await signedInFixture();
  await join("chief@tessera.test", [[tenantId, "Read-Only"]]);
  accepted(await store.accounts.setChannelAdmin({ email: "chief@tessera.test", isChannelAdmin: true }, by));
  await comeAs("chief@tessera.test");
  expect(tenantOf(await inTenant("Admin").open({ tenantId: betaId }))).toBe("Beta");
  const person = accepted(await signedIn.open(null));
  accepted(await createTenant({ name: "Delta" }, person));
  expect(tenantOf(await inChosenTenant("Admin").open(null))).toBe("Delta");
  expect(codesOf(await createTenant({ name: "delta" }, person)), "names differ in more than capitals").toEqual(["tenant.name-taken"]);
});
