import type { ConsoleContext } from "#lib/console/context.ts";
import { loadServing } from "#lib/console/serving.ts";
import type { ServingView, SiteRow } from "#lib/console/site-view.ts";
import { storedFacts } from "#lib/console/stored-facts.ts";
import type { Site } from "#lib/site/schema.ts";
import type { StoredSite } from "#lib/store/store.ts";

/** The tenant's sites for the list, with what the sensor says of each. */
export async function loadSiteRows(context: ConsoleContext): Promise<SiteRow[]> {
  const [sites, serving] = await Promise.all([context.store.sites.list(context.tenant.id), loadServing(context)]);
  const states = new Map(serving.map((state) => [state.siteId, state]));
  return sites.map((stored) => rowOf(stored, states.get(stored.id)));
}

function rowOf({ id, revision, savedAt, site }: StoredSite, serving: ServingView | undefined): SiteRow {
  const saved = savedAt.toISOString();
  return {
    id,
    revision,
    savedAt: saved,
    serving: serving ?? unanswered(id, revision, saved),
    isUnreadable: !site.ok,
    ...(site.ok ? rowFacts(site.value) : unreadable),
  };
}

function rowFacts(site: Site) {
  const facts = storedFacts(site);
  const dated = [
    ...(site.isSslEnabled ? facts.sslCredentials.map(({ notAfter }) => ({ label: "Site certificate", notAfter })) : []),
    ...(site.isDownstreamMtls ? facts.downstreamMtlsCredentials.map(({ notAfter }) => ({ label: "Downstream CA", notAfter })) : []),
    ...(site.isUpstreamMtls ? facts.upstreamMtlsCredentials.map(({ notAfter }) => ({ label: "Upstream certificate", notAfter })) : []),
  ].sort((a, b) => a.notAfter.localeCompare(b.notAfter));
  return {
    hostName: site.hostName,
    isWildcard: site.isWildcard,
    isSslEnabled: site.isSslEnabled,
    isDownstreamMtls: site.isDownstreamMtls,
    caCount: facts.downstreamMtlsCredentials.length,
    observedUntil: site.observedUntil,
    isUpstreamMtls: site.isUpstreamMtls,
    firstExpiry: dated[0] ?? null,
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
  firstExpiry: null,
};

function unanswered(siteId: string, revision: number, savedAt: string): ServingView {
  const unknown = { servingRevision: null, servedAt: null, lastSeenAt: null, isSensorAlive: null };
  return { siteId, revision, state: "waiting", problems: [], savedAt, ...unknown };
}
