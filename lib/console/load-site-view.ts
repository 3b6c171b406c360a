import type { ConsoleContext } from "#lib/console/context.ts";
import { loadServing } from "#lib/console/serving.ts";
import type { SiteView } from "#lib/console/site-view.ts";
import { drawStored, storedFacts } from "#lib/console/stored-facts.ts";
import { createPace } from "#lib/pki/pace.ts";
import { compileSite } from "#lib/site/compile.ts";
import { hasErrors, ok, type Problem, type Result } from "#lib/site/problem.ts";
import { newSite, type Site, type SiteDraft } from "#lib/site/schema.ts";
import { readSitePem, readSitePemInSlices, type SitePem } from "#lib/site/site-pem.ts";

/** A site as its page shows it; null when the tenant has no such site, problems when its content cannot be read. */
export async function loadSiteView(context: ConsoleContext, siteId: string): Promise<Result<SiteView> | null> {
  const stored = await context.store.sites.get(context.tenant.id, siteId);
  if (!stored) return null;
  if (!stored.site.ok) return stored.site;
  const [serving] = await loadServing(context, [siteId]);
  const site = stored.site.value;
  const pace = createPace();
  const pem = await readSitePemInSlices(site, pace);
  const warnings = warningsOf(site, pem, context);
  const drawn = await drawStored(site, pem, { now: context.now, pace, isSound: !hasErrors(warnings) });
  const view = viewOf(site, pem, drawn, context.hasMtlsFeature);
  return ok({
    ...view,
    ...placeOf(context),
    siteId,
    revision: stored.revision,
    savedAt: stored.savedAt.toISOString(),
    warnings,
    serving: serving ?? null,
  });
}

/** What Add Site starts from. */
export function newSiteView(context: ConsoleContext): SiteView {
  const view = { ...viewOf(newSite, readSitePem(newSite), emptyDrawings, context.hasMtlsFeature), ...placeOf(context) };
  return { ...view, siteId: null, revision: null, savedAt: null, warnings: [], serving: null };
}

function placeOf({ tenant, role }: ConsoleContext): Pick<SiteView, "tenantId" | "isReadOnly"> {
  return { tenantId: tenant.id, isReadOnly: role === "Read-Only" };
}

const empty = { chains: [], admission: null };
const emptyDrawings: SiteView["drawn"] = {
  sslCredentials: empty,
  downstreamMtlsCredentials: empty,
  upstreamMtlsCredentials: empty,
  originCaCertificates: empty,
};

type FieldsView = Pick<SiteView, "draft" | "hasMtlsFeature" | "enforced" | "stored" | "drawn">;

function viewOf(site: Site, pem: SitePem, drawn: SiteView["drawn"], hasMtlsFeature: boolean): FieldsView {
  const stored = storedFacts(site, pem);
  if (hasMtlsFeature) return { draft: draftOf(site), hasMtlsFeature, enforced: null, stored, drawn };
  const { observedUntil, isDownstreamMtls, downstreamMtlsCredentials, isUpstreamMtls, upstreamMtlsCredentials, ...draft } = draftOf(site);
  const enforced = {
    isDownstream: isDownstreamMtls === true,
    downstreamCas: stored.downstreamMtlsCredentials.length,
    isUpstream: isUpstreamMtls === true,
    observedUntil: observedUntil ?? null,
  };
  return {
    draft,
    hasMtlsFeature,
    enforced,
    stored: { ...stored, downstreamMtlsCredentials: [], upstreamMtlsCredentials: [] },
    drawn: { ...drawn, downstreamMtlsCredentials: empty, upstreamMtlsCredentials: empty },
  };
}

function draftOf(site: Site): SiteDraft {
  return { ...site, sslCredentials: { change: "keep" }, upstreamMtlsCredentials: { change: "keep" } };
}

// A stored revision that no longer compiles says so in full: the page must not look healthier than the sensor finds it.
function warningsOf(site: Site, pem: SitePem, { now }: ConsoleContext): Problem[] {
  const compiled = compileSite(site, now, pem);
  return compiled.ok ? [...compiled.value.warnings] : compiled.problems;
}
