import type { Use } from "#lib/site/certificate-kind.ts";
import { certificateUses } from "#lib/site/certificate-uses.ts";
import type { CompiledSite } from "#lib/site/compiled-site.ts";
import type { Revision } from "#sensor/revision.ts";
import type { Snapshot } from "#sensor/snapshot.ts";

/** When the first certificate of each use runs out, in seconds since 1970; null for a site that serves no more. */
export type Expiries = [siteId: string, uses: Partial<Record<Use, number>> | null][];

/** Answers a function that tells what has changed since its last call: the sites of a thousand are not told every second. */
export function createExpiryWatch(snapshot: () => Snapshot): () => Expiries {
  const told = new Map<string, Revision>();
  let seen: Snapshot | null = null;
  return () => {
    const current = snapshot();
    if (current === seen) return [];
    seen = current;
    const news: Expiries = [];
    for (const siteId of told.keys()) {
      if (current.sites.get(siteId)?.state.kind === "serving") continue;
      told.delete(siteId);
      news.push([siteId, null]);
    }
    for (const { siteId, state } of current.sites.values()) {
      if (state.kind !== "serving" || told.get(siteId) === state.revision) continue;
      told.set(siteId, state.revision);
      news.push([siteId, expiriesOf(state.revision.compiled)]);
    }
    return news;
  };
}

function expiriesOf(compiled: CompiledSite): Partial<Record<Use, number>> {
  const earliest: Partial<Record<Use, number>> = {};
  for (const { use, certificate } of certificateUses(compiled)) {
    const seconds = certificate.notAfter.getTime() / 1_000;
    earliest[use] = Math.min(seconds, earliest[use] ?? Number.POSITIVE_INFINITY);
  }
  return earliest;
}
