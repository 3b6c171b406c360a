import { X509Certificate } from "node:crypto";
import type { CompiledSite } from "#lib/site/compiled-site.ts";
import type { Revision } from "#sensor/revision.ts";
import type { Snapshot } from "#sensor/snapshot.ts";

/** What a certificate is for on its site. */
export type Use = "site" | "client-ca" | "upstream" | "origin-ca";

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

function expiriesOf({ tls, downstream, upstream, originTls }: CompiledSite): Partial<Record<Use, number>> {
  const uses: [Use, readonly Date[]][] = [
    ["site", tls?.certificates.map(({ notAfter }) => notAfter) ?? []],
    ["client-ca", downstream?.anchors.map(({ notAfter }) => notAfter) ?? []],
    ["upstream", upstream?.certificates.map(({ notAfter }) => notAfter) ?? []],
    ["origin-ca", originTls.ca?.map((pem) => new X509Certificate(pem).validToDate) ?? []],
  ];
  const earliest = uses.map(([use, dates]) => [use, Math.min(...dates.map((date) => date.getTime())) / 1_000] as const);
  return Object.fromEntries(earliest.filter(([, seconds]) => Number.isFinite(seconds)));
}
