import type { Logger } from "#lib/log.ts";
import { compareTrust } from "#lib/site/trust.ts";
import type { SiteChanged } from "#lib/store/changes.ts";
import type { SensorStore } from "#lib/store/store.ts";
import type { Connections } from "#sensor/connections.ts";
import { afterChange, afterReduction } from "#sensor/deadlines.ts";
import { sayStoreFault } from "#sensor/faults.ts";
import type { Overruling, Word } from "#sensor/messages.ts";
import type { Revision } from "#sensor/revision.ts";
import type { Settled, Settling } from "#sensor/settle.ts";
import { createSnapshot, type Entry, emptySnapshot, type Snapshot } from "#sensor/snapshot.ts";

export type Watch = {
  snapshot(): Snapshot;
  /** Of the newest change up to which every site serves, or was rejected. */
  appliedChangeNumber(): number;
  /** All sites of the store were read at least once. */
  isReady(): boolean;
  /** The store's present fault in sentences, null when there is none. */
  lastError(): string | null;
  /** One look at the store; never throws. Called by a timer, one at a time, or by a test. */
  tick(): Promise<void>;
  /** A served revision turned out unusable: its site is settled again at the next tick. */
  distrust(revision: Revision): void;
  /** A revision may not be served, because another worker cannot: its site is settled again at the next tick. */
  overrule(overruling: Overruling): void;
};

export type WatchOptions = {
  store: Pick<SensorStore, "changes">;
  settle: (change: SiteChanged, settling: Settling) => Promise<Settled>;
  connections: Pick<Connections, "retire">;
  log: Logger;
  onWord: (word: Word) => void;
  /** A revision that is new here serves from now on. */
  onApplied: (committedAt: Date) => void;
};

/** Follows the store: each change becomes a new snapshot, the old connections' fate, and a word on the revision. */
export function createWatch({ store, settle, connections, log, onWord, onApplied }: WatchOptions): Watch {
  let current = emptySnapshot;
  let isReady = false;
  let fault: string | null = null;
  /** The newest change of each site as the store gave it, to settle it again without a change. */
  const changes = new Map<string, SiteChanged>();
  /** Sites to settle, each with the number of the change that asks for it; null: it is settled anew without one. */
  const unsettled = new Map<string, number | null>();
  const overrulings = new Map<string, Overruling>();
  let hasUnread = true;

  return { snapshot: () => current, appliedChangeNumber, isReady: () => isReady, lastError: () => fault, tick, distrust, overrule };

  function appliedChangeNumber(): number {
    const waiting = [...unsettled.values()].filter((number) => number !== null);
    return Math.min(current.changeNumber, ...waiting.map((number) => number - 1));
  }

  async function tick(): Promise<void> {
    try {
      if (await store.changes.hasMoved()) hasUnread = true;
      if (hasUnread) await read();
      await settleAll();
      isReady = true;
      if (fault !== null) log.info("the store can be used again");
      fault = null;
    } catch (failure) {
      const message = sayStoreFault(failure, "The revisions that were read before keep serving; what is saved now waits.");
      if (message !== fault) log.error({ err: failure }, "the store cannot be used, the last revisions keep serving");
      fault = message;
    }
  }

  async function read(): Promise<void> {
    const { changeNumber, isWhole, sites } = await store.changes.since(current.changeNumber);
    for (const site of sites) {
      changes.set(site.siteId, site);
      unsettled.set(site.siteId, site.changeNumber);
    }
    if (isWhole) forgetAllBut(new Set(sites.map((site) => site.siteId)));
    swap(changeNumber, new Map(current.sites));
    hasUnread = false;
  }

  /** Another database took the place of the one that was read: a site it does not know is gone. */
  function forgetAllBut(known: ReadonlySet<string>): void {
    for (const siteId of current.sites.keys()) if (!known.has(siteId)) remove(siteId);
  }

  /** One site's trouble with the store holds up no other; the first load becomes visible as a whole. */
  async function settleAll(): Promise<void> {
    const sites = isReady ? null : new Map(current.sites);
    let failure: unknown = null;
    for (const siteId of unsettled.keys()) {
      try {
        await settleOne(siteId, sites);
        unsettled.delete(siteId);
      } catch (caught) {
        failure ??= caught;
        if (sites !== null) closeUntilSettled(siteId, sites);
      }
    }
    if (sites !== null) swap(current.changeNumber, sites);
    if (failure !== null) throw failure;
  }

  /** While a site cannot be loaded its names stay its own: no wildcard beside it may answer for it. */
  function closeUntilSettled(siteId: string, loading: Map<string, Entry>): void {
    const change = changes.get(siteId);
    if (change === undefined || change.isDeleted || loading.has(siteId)) return;
    loading.set(siteId, { siteId, names: change.names, newest: change.revision, state: { kind: "closed", shield: null } });
  }

  async function settleOne(siteId: string, loading: Map<string, Entry> | null): Promise<void> {
    const change = changes.get(siteId);
    if (change === undefined || change.isDeleted) return remove(siteId);
    const overruling = overrulings.get(siteId);
    const overruled = overruling?.revision === change.revision ? overruling.problems : null;
    const previous = current.sites.get(siteId) ?? null;
    const { entry, word } = await settle(change, { previous, isLazy: loading !== null, overruled });
    overrulings.delete(siteId);
    if (loading === null) replace(entry);
    else loading.set(siteId, entry);
    if (word !== null) say(word);
    const isNew = loading === null && (previous === null || previous.newest < change.revision);
    if (isNew && word?.state === "serving") onApplied(change.committedAt);
  }

  function replace(entry: Entry): void {
    const previous = current.sites.get(entry.siteId);
    swap(current.changeNumber, new Map(current.sites).set(entry.siteId, entry));
    if (previous !== undefined) endPrevious(previous, entry);
  }

  function remove(siteId: string): void {
    const previous = current.sites.get(siteId);
    changes.delete(siteId);
    if (previous === undefined) return;
    const sites = new Map(current.sites);
    sites.delete(siteId);
    swap(current.changeNumber, sites);
    endPrevious(previous, null);
  }

  function swap(changeNumber: number, sites: ReadonlyMap<string, Entry>): void {
    current = createSnapshot(changeNumber, sites.values());
  }

  /** In the same turn as the swap: no request can slip between the two. */
  function endPrevious(previous: Entry, next: Entry | null): void {
    const before = revisionIn(previous);
    const after = next === null ? null : revisionIn(next);
    if (before === after && previous.state.kind === next?.state.kind) return;
    const isOpenToClosed = next?.state.kind !== "serving";
    const trust = before === null || after === null || isOpenToClosed ? "reduces" : compareTrust(before.compiled, after.compiled);
    if (before !== after) before?.retire();
    if (trust === "same" || trust === "widens") return;
    connections.retire(previous.siteId, trust === "reduces" ? afterReduction : afterChange);
  }

  function say(word: Word): void {
    const { siteId, revision, fallbackRevision, problems } = word;
    if (word.state === "rejected") log.error({ siteId, revision, fallbackRevision, problems }, "revision rejected");
    else log.info({ siteId, revision }, "revision serving");
    onWord(word);
  }

  function distrust(revision: Revision): void {
    const state = current.sites.get(revision.siteId)?.state;
    if (state?.kind === "serving" && state.revision === revision) settleAnew(revision.siteId);
  }

  function overrule(overruling: Overruling): void {
    const { siteId, revision } = overruling;
    const state = current.sites.get(siteId)?.state;
    if (state?.kind !== "serving" || state.revision.number !== revision) return;
    overrulings.set(siteId, overruling);
    settleAnew(siteId);
  }

  /** A change that waits already keeps its number. */
  function settleAnew(siteId: string): void {
    if (!unsettled.has(siteId)) unsettled.set(siteId, null);
  }
}

function revisionIn({ state }: Entry): Revision | null {
  return state.kind === "serving" ? state.revision : state.shield;
}
