import type { ConsoleContext } from "#lib/console/context.ts";
import { usesOf } from "#lib/console/load-certificates.ts";
import { loadServing } from "#lib/console/serving.ts";
import { orderedSites } from "#lib/console/site-order.ts";
import type { SiteQuery } from "#lib/console/site-query.ts";
import type { ServingView, SitePage, SiteRow } from "#lib/console/site-view.ts";
import { readPem } from "#lib/pki/pem.ts";
import { kindNames } from "#lib/site/certificate-kind.ts";
import type { Site } from "#lib/site/schema.ts";
import type { StoredSite } from "#lib/store/store.ts";

/** How many sites one page of the list shows: what it costs does not grow with the sites that there are. */
const pageSize = 50;

/** One page of the tenant's sites for the list, with what the sensor says of each; past the last page it is the last one. */
export async function loadSitePage(context: ConsoleContext, query: SiteQuery): Promise<SitePage> {
  const { store, tenant } = context;
  // Read before the rows: what changes in between is asked for again.
  const newest = await store.sites.newestChange(tenant.id);
  const found = await store.sites.countNames(tenant.id, query.search.trim().toLowerCase());
  const pages = Math.max(1, Math.ceil(found / pageSize));
  const page = Math.min(query.page, pages);
  const offset = (page - 1) * pageSize;
  const ids = await orderedSites(context, query, { offset, limit: pageSize });
  const rows = await loadRows(context, ids);
  const hasSites = found > 0 || (await store.sites.countNames(tenant.id, "")) > 0;
  return { tenantId: tenant.id, rows, newest, page, pages, from: Math.min(offset + 1, found), found, hasSites };
}

async function loadRows(context: ConsoleContext, ids: readonly string[]): Promise<SiteRow[]> {
  const [sites, serving] = await Promise.all([context.store.sites.list(context.tenant.id, ids), loadServing(context, ids)]);
  const stored = new Map(sites.map((site) => [site.id, site]));
  const states = new Map(serving.map((state) => [state.siteId, state]));
  return ids.flatMap((id) => {
    const site = stored.get(id);
    return site ? [rowOf(site, states.get(id), context.now)] : [];
  });
}

function rowOf(stored: StoredSite, serving: ServingView | undefined, now: Date): SiteRow {
  const { id, revision, savedAt, site } = stored;
  const saved = savedAt.toISOString();
  const dated = usesOf(stored, now)?.toSorted((a, b) => a.certificate.notAfter.getTime() - b.certificate.notAfter.getTime());
  const [first] = dated ?? [];
  return {
    id,
    revision,
    savedAt: saved,
    serving: serving ?? unanswered(id, revision, saved),
    isUnreadable: !site.ok,
    areCertificatesKnown: dated !== undefined,
    firstExpiry: first ? { label: kindNames[first.use], notAfter: first.certificate.notAfter.toISOString() } : null,
    ...(site.ok ? rowFacts(site.value) : unreadable),
  };
}

function rowFacts(site: Site) {
  return {
    hostName: site.hostName,
    isWildcard: site.isWildcard,
    isSslEnabled: site.isSslEnabled,
    isDownstreamMtls: site.isDownstreamMtls,
    caCount: readPem(site.downstreamMtlsCredentials).blocks.length,
    observedUntil: site.observedUntil,
    isUpstreamMtls: site.isUpstreamMtls,
  };
}

const unreadable = {
  hostName: "",
  isWildcard: false,
  isSslEnabled: false,
  isDownstreamMtls: false,
  caCount: 0,
  observedUntil: null,
  isUpstreamMtls: false,
};

function unanswered(siteId: string, revision: number, savedAt: string): ServingView {
  const unknown = { servingRevision: null, servedAt: null, lastSeenAt: null, isSensorAlive: null };
  return { siteId, revision, state: "waiting", problems: [], savedAt, ...unknown };
}
