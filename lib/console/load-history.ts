import type { SiteContext } from "#lib/console/context.ts";
import type { HistoryView, KeyView, RevisionView } from "#lib/console/history-view.ts";
import { compareRevisions, shownDifferences } from "#lib/site/difference.ts";
import { withoutEndedObservation } from "#lib/site/observation.ts";
import type { Site } from "#lib/site/schema.ts";
import type { PastRevision, StoredKey, StoredSite } from "#lib/store/store.ts";

const pageLength = 20;

/** A site's revisions, each with its difference to the one before; null when the tenant has no such site. */
export async function loadHistory(context: SiteContext, siteId: string, before?: number): Promise<HistoryView | null> {
  const { store, tenant } = context;
  const stored = await store.sites.get(tenant.id, siteId);
  if (!stored) return null;
  // One more than is shown: the last one's difference needs its predecessor.
  const found = await store.sites.revisions(tenant.id, siteId, { before, limit: pageLength + 1 });
  const shown = found.slice(0, pageLength);
  const keys = await store.keys.list(tenant.id, siteId);
  return {
    siteId,
    hostName: stored.site.ok ? stored.site.value.hostName : "",
    revision: stored.revision,
    revisions: shown.map((revision, index) => revisionView(revision, found[index + 1], stored, context)),
    olderBefore: found.length > pageLength ? (shown.at(-1)?.number ?? null) : null,
    keys: keys.filter(({ field }) => context.hasMtlsFeature || field === "sslCredentials").map((key) => keyView(key, stored.revision)),
  };
}

function revisionView(
  revision: PastRevision,
  previous: PastRevision | undefined,
  stored: StoredSite,
  { hasMtlsFeature, now }: SiteContext,
): RevisionView {
  const { number, author, savedAt, restoredFrom, site } = revision;
  const current = stored.site.ok ? stored.site.value : null;
  const isReadable = site.ok && (previous === undefined || previous.site.ok);
  const before = previous?.site.ok ? previous.site.value : null;
  const today = (content: Site) => withoutEndedObservation(content, now.getTime());
  const compare = (from: Site | null, to: Site) => shownDifferences(compareRevisions(from, to), hasMtlsFeature);
  return {
    number,
    author,
    savedAt: savedAt.toISOString(),
    restoredFrom,
    isCurrent: number === stored.revision,
    changes: isReadable ? compare(before, site.value) : null,
    effect: site.ok ? compare(current && today(current), today(site.value)) : null,
  };
}

function keyView({ storedAt, destroyed, revisions, field, publicKeySha256 }: StoredKey, current: number): KeyView {
  return {
    field,
    publicKeySha256,
    storedAt: storedAt.toISOString(),
    destroyed: destroyed && { at: destroyed.at.toISOString(), by: destroyed.by },
    revisions,
    isCurrent: revisions.last === current,
  };
}
