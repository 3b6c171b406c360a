import type { ConsoleContext } from "#lib/console/context.ts";
import { usesOf } from "#lib/console/load-certificates.ts";
import { loadServing } from "#lib/console/serving.ts";
import type { ServingView, SiteRow } from "#lib/console/site-view.ts";
import { storedFacts } from "#lib/console/stored-facts.ts";
import { kindNames } from "#lib/site/certificate-kind.ts";
import type { Site } from "#lib/site/schema.ts";
import type { StoredSite } from "#lib/store/store.ts";

/** The tenant's sites for the list, with what the sensor says of each. */
export async function loadSiteRows(context: ConsoleContext): Promise<SiteRow[]> {
  const [sites, serving] = await Promise.all([context.store.sites.list(context.tenant.id), loadServing(context)]);
  const states = new Map(serving.map((state) => [state.siteId, state]));
  return sites.map((stored) => rowOf(stored, states.get(stored.id), context.now));
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
    caCount: storedFacts(site).downstreamMtlsCredentials.length,
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
