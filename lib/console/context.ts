import { includesRole, roleIn, type TenantRole } from "#lib/account/role.ts";
import { consoleAuthenticator } from "#lib/console/authenticator.ts";
import { consoleStore } from "#lib/console/store.ts";
import { readVisitor } from "#lib/console/visitor.ts";
import { mtlsFeature } from "#lib/site/feature.ts";
import { error, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";
import type { Authenticator, Visitor } from "#lib/store/authenticator.ts";
import { maySignIn, type Person } from "#lib/store/people.ts";
import type { Recipient } from "#lib/store/seal.ts";
import type { ConsoleStore } from "#lib/store/store.ts";
import type { Tenant } from "#lib/store/tenants.ts";

/** A request of somebody who may be nobody. */
export type CallContext = { store: ConsoleStore; authenticator: Authenticator; visitor: Visitor; address: string; now: Date };

/** A request of somebody who is signed in. */
export type PersonContext = CallContext & { person: Person; sessionId: string; author: string };

/** For whom, by whom and when something is read or written in a tenant. */
export type ConsoleContext = Pick<PersonContext, "store" | "author" | "now"> & {
  /** The caller's; null for what is done on the machine itself. */
  address: string | null;
  tenant: Tenant;
  /** What the author is in this tenant. */
  role: TenantRole;
  isChannelAdmin: boolean;
  hasMtlsFeature: boolean;
  /** Whom private keys are sealed for; null before the launcher made a keyring. The half that opens is the sensor's alone. */
  recipient: Recipient | null;
};

/** What a change of a site needs to know; the administrator's command line has no more. */
export type SiteContext = Pick<ConsoleContext, "store" | "tenant" | "hasMtlsFeature" | "author" | "address" | "now">;

export async function openCall(): Promise<CallContext> {
  const visitor = await readVisitor();
  return { store: consoleStore(), authenticator: consoleAuthenticator(), visitor, address: visitor.address, now: new Date() };
}

/** Resolves the session anew from the database: a role or an account that was taken away is gone with the next request. */
export async function openPerson(): Promise<Result<PersonContext>> {
  const call = await openCall();
  const session = await call.authenticator.findSession(call.visitor);
  const person = session && (await call.store.accounts.get(session.userId));
  if (!session || !person || !maySignIn(person)) return refuse(noSession);
  return ok({ ...call, person, sessionId: session.sessionId, author: person.email });
}

/** A tenant for somebody with at least the role `needed` there; to a stranger it does not exist. */
export async function openTenant(context: PersonContext, tenantId: string | null, needed: TenantRole): Promise<Result<ConsoleContext>> {
  const role = tenantId === null ? null : roleIn(context.person, tenantId);
  const tenant = role && tenantId !== null ? await context.store.tenants.get(tenantId) : null;
  if (!role || !tenant) return refuse(nothingThere);
  if (!includesRole(role, needed)) return refuse(readOnly);
  const { store, author, address, now } = context;
  const hasMtlsFeature = await store.features.isOn(tenant.id, mtlsFeature);
  const { isChannelAdmin } = context.person;
  return ok({ store, author, address, now, tenant, role, isChannelAdmin, hasMtlsFeature, recipient: await store.keyring.recipient() });
}

/** The tenant whose pages are shown: the one chosen in the menu as long as it is one of the person's, else their first. */
export async function chosenTenantOf({ store, person, sessionId }: PersonContext): Promise<string | null> {
  const chosen = await store.accounts.sessions.chosen(sessionId);
  if (chosen !== null && roleIn(person, chosen)) return chosen;
  return person.memberships[0]?.tenantId ?? (person.isChannelAdmin ? ((await store.tenants.list())[0]?.id ?? null) : null);
}

export const noSession: Problem = error(
  "",
  "session.missing",
  "Your session has ended. Nothing was changed. Sign in again in another tab, then repeat this here: what you typed is still in this page.",
);

export const readOnly: Problem = error("", "role.read-only", "Your role in this tenant is Read-Only: ask one of its Admins to do this.");

/** Said alike of what does not exist and of what belongs to others. */
export const nothingThere: Problem = error("", "not-found", "This does not exist any more. Copy what you still need and go back to Sites.");
