import type { Logger } from "#lib/log.ts";
import { compareTrust } from "#lib/site/trust.ts";
import type { SiteChanged } from "#lib/store/changes.ts";
import type { SensorStore } from "#lib/store/store.ts";
import type { Connections } from "#sensor/connections.ts";
import { afterChange, afterReduction } from "#sensor/deadlines.ts";
import { createDirectory, type Directory, type Entry, type LoadedEntry } from "#sensor/directory.ts";
import { sayStoreFault } from "#sensor/faults.ts";
import type { Overruling, Word } from "#sensor/messages.ts";
import { createRecentUses } from "#sensor/recent-uses.ts";
import type { Revision } from "#sensor/revision.ts";
import { isStoreFailure, type Settled, type Settling } from "#sensor/settle.ts";
import { createTurns } from "#sensor/turns.ts";

export type Watch = {
  readonly directory: Directory;
  /** What stands behind a site's names, read if it was not yet; what cannot be read at the moment is closed. */
  load(siteId: string): Promise<LoadedEntry | null>;
  /** Of the newest change up to which every site serves, or was rejected. */
  appliedChangeNumber(): number;
  /** All sites of the store are known by their names. */
  isReady(): boolean;
  /** The store's present fault in sentences, null when there is none. */
  lastError(): string | null;
  /** One look at the store; never throws. Called by a timer, one at a time, or by a test. */
  tick(): Promise<void>;
  /** Lets go of what was read of sites that nobody uses. Called by a timer. */
  sweep(): void;
  /** A served revision turned out unusable: its site is settled again at the next tick. */
  distrust(revision: Revision): void;
  /** A revision may not be served, because another worker cannot: its site is settled again at the next tick. */
  overrule(overruling: Overruling): void;
};

export type WatchOptions = {
  store: Pick<SensorStore, "changes"> & { acknowledgements: Pick<SensorStore["acknowledgements"], "newestServingOf"> };
  settle: (change: SiteChanged, settling: Settling) => Promise<Settled>;
  connections: Pick<Connections, "retire" | "isOpen">;
  log: Logger;
  /** After how long without a request what was read of a site is let go. */
  unusedMs: number;
  onWord: (word: Word) => void;
  /** A revision that is new here serves from now on. */
  onApplied: (committedAt: Date) => void;
};

/** Of how many sites everything is in memory, unless more of them have connections. */
const mostLoaded = 4_000;
/** How long a tick may go on with what a start has left for later, in milliseconds: connections wait meanwhile. */
const backlogMs = 5;

/**
 * Follows the store: each change becomes what stands behind a site's names, the old connections' fate, and a word on the
 * revision. At the start the names alone are read: a site is compiled when somebody asks for it, or when no worker has served
 * its revision yet.
 */
export function createWatch({ store, settle, connections, log, unusedMs, onWord, onApplied }: WatchOptions): Watch {
  const directory = createDirectory();
  const loaded = createRecentUses<string>({ most: mostLoaded, unusedMs, letGo: unload });
  const inTurn = createTurns();
  /** Null before the first reading. */
  let changeNumber: number | null = null;
  let fault: string | null = null;
  /** The newest change of each site as the store gave it, to settle it again without a change. */
  const changes = new Map<string, SiteChanged>();
  /** Sites to settle, each with the number of the change that asks for it; null: it is settled anew without one. */
  const unsettled = new Map<string, { number: number | null }>();
  /** Sites whose newest revision nobody has served before this start, in the order of their changes. */
  const backlog = new Map<string, number>();
  const overrulings = new Map<string, Overruling>();
  /** The last word on each site that had one, as text: sites are read again and again, and a word costs a write. */
  const said = new Map<string, string>();
  let hasUnread = true;

  return {
    directory,
    load,
    appliedChangeNumber,
    isReady: () => directory.isLoaded,
    lastError: () => fault,
    tick,
    sweep: loaded.sweep,
    distrust,
    overrule,
  };

  function appliedChangeNumber(): number {
    const [oldest = Number.POSITIVE_INFINITY] = backlog.values();
    let applied = Math.min(changeNumber ?? 0, oldest - 1);
    for (const { number } of unsettled.values()) if (number !== null) applied = Math.min(applied, number - 1);
    return applied;
  }

  async function tick(): Promise<void> {
    try {
      if (await store.changes.hasMoved()) hasUnread = true;
      if (hasUnread) await read();
      await settleAll();
      if (fault !== null) log.info("the store can be used again");
      fault = null;
    } catch (failure) {
      note(failure);
    }
  }

  function note(failure: unknown): void {
    const message = sayStoreFault(failure, "The revisions that were read before keep serving; what is saved now waits.");
    if (message !== fault) log.error({ err: failure }, "the store cannot be used, the last revisions keep serving");
    fault = message;
  }

  async function read(): Promise<void> {
    const { changeNumber: newest, isWhole, sites } = await store.changes.since(changeNumber);
    const served = isWhole ? await newestServing(sites) : null;
    if (isWhole) forgetAllBut(new Set(sites.map((site) => site.siteId)));
    for (const site of sites) take(site, served);
    changeNumber = newest;
    hasUnread = false;
    directory.open();
  }

  /** What cannot be looked up now counts as never said: then all is settled at once. */
  async function newestServing(sites: readonly SiteChanged[]): Promise<ReadonlyMap<string, number>> {
    try {
      return await store.acknowledgements.newestServingOf(sites.map(({ siteId }) => siteId));
    } catch (failure) {
      if (isStoreFailure(failure)) return new Map();
      throw failure;
    }
  }

  /** The name of a site that is new is its own from here on: no wildcard beside it may answer for it. */
  function take(change: SiteChanged, served: ReadonlyMap<string, number> | null): void {
    const { siteId, names, revision } = change;
    const isRead = (directory.get(siteId)?.state.kind ?? "unread") !== "unread";
    changes.set(siteId, change);
    backlog.delete(siteId);
    if (!isRead && !change.isDeleted) directory.put({ siteId, names, newest: revision, state: { kind: "unread" } });
    if (served === null || isRead) unsettled.set(siteId, { number: change.changeNumber });
    else if (served.get(siteId) !== revision) backlog.set(siteId, change.changeNumber);
  }

  /** Another database took the place of the one that was read: a site it does not know is gone. */
  function forgetAllBut(known: ReadonlySet<string>): void {
    for (const siteId of [...directory.siteIds()]) if (!known.has(siteId)) remove(siteId);
  }

  /** One site's trouble with the store holds up no other. */
  async function settleAll(): Promise<void> {
    let failure: unknown = null;
    for (const [siteId, asked] of unsettled) {
      try {
        await inTurn(siteId, () => settleOne(siteId, { isLazy: false, isNew: asked.number !== null }));
        if (unsettled.get(siteId) === asked) unsettled.delete(siteId);
      } catch (caught) {
        failure ??= caught;
      }
    }
    const until = performance.now() + backlogMs;
    for (const siteId of backlog.keys()) {
      if (performance.now() > until || failure !== null) break;
      await inTurn(siteId, () => settleOne(siteId, { isLazy: true, isNew: false })).catch((caught: unknown) => {
        failure = caught;
      });
    }
    if (failure !== null) throw failure;
  }

  async function load(siteId: string): Promise<LoadedEntry | null> {
    for (;;) {
      const entry = directory.get(siteId);
      if (entry === undefined) return null;
      loaded.use(siteId);
      if (isLoaded(entry)) return entry;
      try {
        await inTurn(siteId, () => settleUnread(siteId));
      } catch (failure) {
        if (!isStoreFailure(failure)) throw failure;
        note(failure);
        return { ...entry, state: { kind: "closed", shield: null } };
      }
    }
  }

  /** Of many who ask at once the first has done it. */
  async function settleUnread(siteId: string): Promise<void> {
    const entry = directory.get(siteId);
    if (entry !== undefined && !isLoaded(entry)) await settleOne(siteId, { isLazy: true, isNew: false });
  }

  async function settleOne(siteId: string, { isLazy, isNew }: { isLazy: boolean; isNew: boolean }): Promise<void> {
    const change = changes.get(siteId);
    if (change === undefined || change.isDeleted) return remove(siteId);
    const overruling = overrulings.get(siteId);
    const overruled = overruling?.revision === change.revision ? overruling.problems : null;
    const previous = directory.get(siteId) ?? null;
    const { entry, word } = await settle(change, { previous, isLazy, overruled });
    if (changes.get(siteId) !== change) return drop(entry, previous);
    if (overrulings.get(siteId) === overruling) overrulings.delete(siteId);
    backlog.delete(siteId);
    replace(entry);
    loaded.use(siteId);
    if (word !== null) say(word);
    if (isNew && word?.state === "serving" && change.committedAt !== null) onApplied(change.committedAt);
  }

  /** There was another change meanwhile: whoever asked asks again. */
  function drop(entry: Entry, previous: Entry | null): void {
    const made = revisionIn(entry);
    if (made !== null && (previous === null || made !== revisionIn(previous))) made.retire();
  }

  function replace(entry: LoadedEntry): void {
    const previous = directory.get(entry.siteId);
    directory.put(entry);
    if (previous !== undefined) endPrevious(previous, entry);
  }

  function remove(siteId: string): void {
    const previous = directory.get(siteId);
    changes.delete(siteId);
    backlog.delete(siteId);
    said.delete(siteId);
    loaded.forget(siteId);
    directory.remove(siteId);
    if (previous !== undefined) endPrevious(previous, null);
  }

  /** In the same turn as the change: no request can slip between the two. */
  function endPrevious(previous: Entry, next: Entry | null): void {
    // Nobody was let in under what was not read: the one request that asked for it must not be cut by its own reading.
    if (previous.state.kind === "unread" && next !== null) return;
    const before = revisionIn(previous);
    const after = next === null ? null : revisionIn(next);
    if (before === after && previous.state.kind === next?.state.kind) return;
    const isOpenToClosed = next?.state.kind !== "serving";
    const trust = before === null || after === null || isOpenToClosed ? "reduces" : compareTrust(before.compiled, after.compiled);
    if (trust === "changes" || trust === "reduces") connections.retire(previous.siteId, trust === "reduces" ? afterReduction : afterChange);
    if (before !== after) before?.retire();
  }

  function say(word: Word): void {
    const { siteId, revision, fallbackRevision, problems } = word;
    const text = JSON.stringify(word);
    if (said.get(siteId) === text) return;
    said.set(siteId, text);
    if (word.state === "rejected") log.error({ siteId, revision, fallbackRevision, problems }, "revision rejected");
    else log.info({ siteId, revision }, "revision serving");
    onWord(word);
  }

  /** Back to its names, where the newest revision serves: what was rejected, and why, is not looked into again. */
  function unload(siteId: string): boolean {
    const entry = directory.get(siteId);
    if (entry?.state.kind !== "serving") return entry === undefined;
    const { revision } = entry.state;
    if (revision.number !== entry.newest || unsettled.has(siteId) || connections.isOpen(siteId) || !revision.release()) return false;
    directory.put({ ...entry, state: { kind: "unread" } });
    revision.retire();
    return true;
  }

  function distrust(revision: Revision): void {
    const state = directory.get(revision.siteId)?.state;
    if (state?.kind === "serving" && state.revision === revision) settleAnew(revision.siteId);
  }

  function overrule(overruling: Overruling): void {
    const { siteId, revision } = overruling;
    const entry = directory.get(siteId);
    const meant = entry?.state.kind === "unread" ? entry.newest : entry?.state.kind === "serving" ? entry.state.revision.number : null;
    if (meant !== revision) return;
    overrulings.set(siteId, overruling);
    settleAnew(siteId);
  }

  /** A change that waits already keeps its number. */
  function settleAnew(siteId: string): void {
    unsettled.set(siteId, { number: unsettled.get(siteId)?.number ?? null });
  }
}

function isLoaded(entry: Entry): entry is LoadedEntry {
  return entry.state.kind !== "unread";
}

function revisionIn({ state }: Entry): Revision | null {
  if (state.kind === "unread") return null;
  return state.kind === "serving" ? state.revision : state.shield;
}
