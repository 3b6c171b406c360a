import type { TenantRole } from "#lib/account/role.ts";
import {
  type CallContext,
  type ConsoleContext,
  chosenTenantOf,
  openCall,
  openPerson,
  openTenant,
  type PersonContext,
  readOnly,
} from "#lib/console/context.ts";
import { error, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";

/** Who may do something: named in words, and opened into the context it is done in. */
export type Access<Input, Context> = { name: string; open(input: Input): Promise<Result<Context>> };

/** Also people without a session: signing in, and the one-time links. */
export const anyone: Access<unknown, CallContext> = { name: "anyone", open: async () => ok(await openCall()) };

/** Whoever is signed in, for what is their own. */
export const signedIn: Access<unknown, PersonContext> = { name: "signed in", open: () => openPerson() };

/** Those whose role reaches over all tenants. */
export const channelAdmin: Access<unknown, PersonContext> = {
  name: "Channel Admin",
  async open() {
    const opened = await openPerson();
    if (!opened.ok) return opened;
    return opened.value.person.isChannelAdmin ? opened : refuse(channelAdminOnly);
  },
};

/** A role in the tenant that the input names. */
export function inTenant(needed: TenantRole): Access<{ tenantId: string }, ConsoleContext> {
  return tenantAccess(needed, "the tenant named", async (_, { tenantId }) => tenantId);
}

/** A role in the tenant that the site belongs to, whatever the menu says. */
export function onSite(needed: TenantRole): Access<{ siteId: string }, ConsoleContext> {
  return tenantAccess(needed, "the site’s tenant", ({ store }, { siteId }) => store.sites.tenantOf(siteId));
}

/** A role in the site's tenant, for a site that is new in the tenant that the page named. */
export function onSiteOrIn(needed: TenantRole): Access<{ siteId: string | null; tenantId: string }, ConsoleContext> {
  return tenantAccess(needed, "the site’s tenant, for a new site the tenant named", ({ store }, { siteId, tenantId }) =>
    siteId === null ? Promise.resolve(tenantId) : store.sites.tenantOf(siteId),
  );
}

/** A role in the tenant that is chosen in the menu: for what is only shown. */
export function inChosenTenant(needed: TenantRole): Access<unknown, ConsoleContext> {
  return tenantAccess(needed, "the tenant chosen", chosenTenantOf);
}

function tenantAccess<Input>(
  needed: TenantRole,
  place: string,
  tenantOf: (context: PersonContext, input: Input) => Promise<string | null>,
): Access<Input, ConsoleContext> {
  return {
    name: `${needed} in ${place}`,
    async open(input) {
      const person = await openPerson();
      return person.ok ? openTenant(person.value, await tenantOf(person.value, input), needed) : person;
    },
  };
}

const channelAdminOnly: Problem = error("", "role.channel-admin", "Only a Channel Admin can do this.");

/** Whether a refusal is about who asks, not about what was asked. */
export function isAboutRights({ code }: Problem): boolean {
  return code === readOnly.code || code === channelAdminOnly.code;
}
