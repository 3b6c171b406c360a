import type { EventView } from "#lib/console/activity-view.ts";
import type { PersonContext } from "#lib/console/context.ts";
import { eventViews } from "#lib/console/load-activity.ts";
import type { LedgerEvent } from "#lib/store/store.ts";
import type { Tenant } from "#lib/store/tenants.ts";

/** A request by its id, for whom it came: null where no site stands behind it. */
export type FoundRequest = { site: { siteId: string; hostName: string; tenantName: string } | null; events: EventView[] };

/**
 * Where a request id is found among the sites that a person may see. What came for no site has no tenant and is told only
 * to a Channel Admin; a request of other people's sites is answered like one that never was.
 */
export async function findRequest(context: Pick<PersonContext, "store" | "now" | "person">, requestId: string): Promise<FoundRequest[]> {
  const found: FoundRequest[] = [];
  let siteless: LedgerEvent[] = [];
  for (const tenant of await tenantsOf(context)) {
    const events = await context.store.ledger.request(tenant.id, requestId);
    siteless = events.filter(({ siteId }) => siteId === null);
    for (const siteId of new Set(events.flatMap((event) => event.siteId ?? []))) {
      const ofSite = events.filter((event) => event.siteId === siteId);
      const stored = await context.store.sites.get(tenant.id, siteId);
      if (!stored) continue;
      const site = stored.site.ok ? stored.site.value : null;
      const place = { siteId, hostName: site?.hostName ?? siteId, tenantName: tenant.name };
      found.push({ site: place, events: await eventViews({ ...context, tenant }, { siteId, site }, ofSite) });
    }
  }
  const [tenant] = await tenantsOf(context);
  if (!context.person.isChannelAdmin || siteless.length === 0 || !tenant) return found;
  return [...found, { site: null, events: await eventViews({ ...context, tenant }, { siteId: null, site: null }, siteless) }];
}

async function tenantsOf({ store, person }: Pick<PersonContext, "store" | "person">): Promise<Tenant[]> {
  const all = await store.tenants.list();
  return person.isChannelAdmin ? all : all.filter(({ id }) => person.memberships.some(({ tenantId }) => tenantId === id));
}
