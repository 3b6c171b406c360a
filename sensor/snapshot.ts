import type { Revision } from "#sensor/revision.ts";

/** What stands behind a site's names. */
export type Entry = {
  readonly siteId: string;
  /** Lower case; a name that starts with `*.` covers one label. */
  readonly names: readonly string[];
  /** The newest revision there is, also when it is not the one that serves. */
  readonly newest: number;
  readonly state: Serving | Closed;
};

export type Serving = { readonly kind: "serving"; readonly revision: Revision };

/** Nothing of this site may be served: 503 behind the shield's certificate, an alert where there is none. */
export type Closed = { readonly kind: "closed"; readonly shield: Revision | null };

/** All sites at one moment, never changed: a new one is made and the reference swapped. */
export type Snapshot = {
  /** False until the store was read for the first time: what is unknown then may exist all the same. */
  readonly isLoaded: boolean;
  readonly changeNumber: number;
  readonly sites: ReadonlyMap<string, Entry>;
  /** By a normalised host name: an exact site beats a wildcard, and a wildcard covers exactly one label (RFC 9525 §6.3). */
  find(name: string): Entry | null;
};

export const emptySnapshot: Snapshot = { ...createSnapshot(0, []), isLoaded: false };

export function createSnapshot(changeNumber: number, entries: Iterable<Entry>): Snapshot {
  const sites = new Map<string, Entry>();
  const byName = new Map<string, Entry>();
  for (const entry of entries) {
    sites.set(entry.siteId, entry);
    for (const name of entry.names) byName.set(name, entry);
  }
  return { isLoaded: true, changeNumber, sites, find };

  function find(name: string): Entry | null {
    const dot = name.indexOf(".");
    return byName.get(name) ?? (dot > 0 ? byName.get(`*${name.slice(dot)}`) : undefined) ?? null;
  }
}
