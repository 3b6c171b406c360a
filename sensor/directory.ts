import type { Revision } from "#sensor/revision.ts";

/** What stands behind a site's names. */
export type Entry = {
  readonly siteId: string;
  /** Lower case; a name that starts with `*.` covers one label. */
  readonly names: readonly string[];
  /** The newest revision there is, also when it is not the one that serves. */
  readonly newest: number;
  readonly state: Unread | Loaded;
};

/** The names are the site's, and what serves behind them is read when somebody asks. */
export type Unread = { readonly kind: "unread" };

export type Loaded = Serving | Closed;

export type Serving = { readonly kind: "serving"; readonly revision: Revision };

/** Nothing of this site may be served: 503 behind the shield's certificate, an alert where there is none. */
export type Closed = { readonly kind: "closed"; readonly shield: Revision | null };

/** An entry that was read. */
export type LoadedEntry = Entry & { readonly state: Loaded };

/** All sites as they stand: whoever asks twice in one turn of the event loop gets the same answer twice. */
export type Directory = {
  /** False until the store was read for the first time: what is unknown then may exist all the same. */
  readonly isLoaded: boolean;
  get(siteId: string): Entry | undefined;
  /** By a normalised host name: an exact site beats a wildcard, and a wildcard covers exactly one label (RFC 9525 §6.3). */
  find(name: string): Entry | null;
};

/** The directory for the one who keeps it; a change costs by the names of its site, not by how many sites there are. */
export type Register = Directory & {
  open(): void;
  /** Puts the entry in the place of the site's earlier one. */
  put(entry: Entry): void;
  remove(siteId: string): void;
  siteIds(): Iterable<string>;
};

export function createDirectory(): Register {
  const bySite = new Map<string, Entry>();
  const byName = new Map<string, Entry>();
  let isLoaded = false;

  return {
    get isLoaded() {
      return isLoaded;
    },
    open: () => {
      isLoaded = true;
    },
    get: (siteId) => bySite.get(siteId),
    find(name) {
      const dot = name.indexOf(".");
      return byName.get(name) ?? (dot > 0 ? byName.get(`*${name.slice(dot)}`) : undefined) ?? null;
    },
    put,
    remove,
    siteIds: () => bySite.keys(),
  };

  function put(entry: Entry): void {
    remove(entry.siteId);
    bySite.set(entry.siteId, entry);
    for (const name of entry.names) {
      const other = byName.get(name);
      // What an older revision had, another site may have by now: its newest one goes first.
      if (other === undefined || !isOlder(entry) || isOlder(other)) byName.set(name, entry);
    }
  }

  function remove(siteId: string): void {
    const entry = bySite.get(siteId);
    if (entry === undefined) return;
    bySite.delete(siteId);
    for (const name of entry.names) if (byName.get(name) === entry) byName.delete(name);
  }
}

/** Whether the entry's names are those of a revision that serves in place of a newer one. */
function isOlder({ state, newest }: Entry): boolean {
  return state.kind === "serving" && state.revision.number < newest;
}
