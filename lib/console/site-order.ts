import type { ConsoleContext } from "#lib/console/context.ts";
import { usesOf } from "#lib/console/load-certificates.ts";
import type { SiteColumn, SiteQuery } from "#lib/console/site-query.ts";
import type { ServingState, SiteName, StoredSite } from "#lib/store/store.ts";

/** A part of the sites that a query finds. */
export type Part = { offset: number; limit: number };

/** The ids of the sites that a query finds, in its order, equal ones by name: one part of them. */
export async function orderedSites(context: ConsoleContext, query: SiteQuery, part: Part): Promise<string[]> {
  const { store, tenant } = context;
  const search = query.search.trim().toLowerCase();
  const { column, isDescending } = query;
  if (column === "site") return idsOf(await store.sites.names(tenant.id, { search, isDescending, ...part }));
  const found = await store.sites.names(tenant.id, { search });
  const ranks = column === "serving" ? await servingRanks(context) : await contentRanks(context, found, column);
  const direction = isDescending ? -1 : 1;
  const rank = ({ id }: SiteName) => ranks.get(id) ?? Number.MAX_SAFE_INTEGER;
  return idsOf(found.sort((a, b) => direction * (rank(a) - rank(b))).slice(part.offset, part.offset + part.limit));
}

function idsOf(names: readonly SiteName[]): string[] {
  return names.map(({ id }) => id);
}

const urgency: Record<ServingState["state"], number> = { "not-serving": 0, waiting: 1, serving: 2 };

async function servingRanks({ store, tenant, now }: ConsoleContext): Promise<Map<string, number>> {
  const states = await store.servingStates(tenant.id, undefined, now);
  return new Map(states.map(({ siteId, state }) => [siteId, urgency[state]]));
}

type ContentColumn = Exclude<SiteColumn, "site" | "serving">;
type Ranks = Record<ContentColumn, number> & { revision: number };

/**
 * Where each site stands by what its revision holds. To read the content of thousands of sites takes seconds, and a revision
 * never changes: what was found of one is kept, three numbers a site. Only the order relies on it, never what a row says.
 */
const knownOf = new WeakMap<ConsoleContext["store"], Map<string, Ranks>>();

async function contentRanks(context: ConsoleContext, sites: readonly SiteName[], column: ContentColumn): Promise<Map<string, number>> {
  const known = knownOf.get(context.store) ?? new Map<string, Ranks>();
  knownOf.set(context.store, known);
  const missing = sites.filter(({ id, revision }) => known.get(id)?.revision !== revision).map(({ id }) => id);
  for (let read = 0; read < missing.length; read += 20) {
    const stored = await context.store.sites.list(context.tenant.id, missing.slice(read, read + 20));
    for (const site of stored) known.set(site.id, ranksOf(site, context.now));
    // Others are answered between two slices.
    await new Promise(setImmediate);
  }
  return new Map(sites.map(({ id }) => [id, known.get(id)?.[column] ?? Number.MAX_SAFE_INTEGER]));
}

// What is on comes before what is off, and a site without certificates, of which nothing runs out, after all that have some.
function ranksOf(stored: StoredSite, now: Date): Ranks {
  const { revision, site } = stored;
  const ends = usesOf(stored, now)?.map(({ certificate }) => certificate.notAfter.getTime()) ?? [];
  return {
    revision,
    tls: site.ok && site.value.isSslEnabled ? 0 : 1,
    mtls: site.ok ? 3 - 2 * Number(site.value.isDownstreamMtls) - Number(site.value.isUpstreamMtls) : 3,
    expires: Math.min(...ends, Number.MAX_SAFE_INTEGER),
  };
}
