import { z } from "zod";
import { roleIn } from "#lib/account/role.ts";
import { chosenTenantOf, nothingThere, type PersonContext } from "#lib/console/context.ts";
import { ok, type Result, refuse } from "#lib/site/problem.ts";
import type { Tenant } from "#lib/store/tenants.ts";

/** What the sidebar shows of whoever is signed in. */
export type ShellView = { email: string; isChannelAdmin: boolean; tenant: Tenant | null; tenants: Tenant[] };

export const switchTenantInput = z.object({ tenantId: z.uuid() });
export const createTenantInput = z.object({
  name: z.string().trim().min(1, "A tenant needs a name.").max(80, "A tenant’s name has at most 80 characters."),
});

export async function loadShell(context: PersonContext): Promise<ShellView> {
  const { store, person } = context;
  const own = person.memberships.map(({ tenantId, tenantName }) => ({ id: tenantId, name: tenantName }));
  const tenants = person.isChannelAdmin ? await store.tenants.list() : own;
  const chosen = await chosenTenantOf(context);
  return {
    email: person.email,
    isChannelAdmin: person.isChannelAdmin,
    tenant: tenants.find(({ id }) => id === chosen) ?? null,
    tenants,
  };
}

/** Chooses the tenant whose pages this session shows. */
export async function switchTenant(
  { tenantId }: z.infer<typeof switchTenantInput>,
  { store, person, sessionId }: PersonContext,
): Promise<Result<null>> {
  if (!roleIn(person, tenantId) || !(await store.tenants.get(tenantId))) return refuse(nothingThere);
  await store.accounts.sessions.choose(sessionId, tenantId);
  return ok(null);
}

/** Makes a tenant with every feature off and shows it. */
export async function createTenant(
  { name }: z.infer<typeof createTenantInput>,
  { store, sessionId, author, address, now }: PersonContext,
): Promise<Result<Tenant>> {
  const made = await store.tenants.add(name, { author, address, now });
  if (made.ok) await store.accounts.sessions.choose(sessionId, made.value.id);
  return made;
}
