import { setImmediate as nextTurn } from "node:timers/promises";
import { AppError } from "#lib/app-error.ts";
import type { Connection } from "#lib/store/connection.ts";
import { keepCertificates } from "#lib/store/ledger-certificates.ts";
import type { LedgerBatch, LedgerEntry, PresentedCertificate } from "#lib/store/ledger-entry.ts";
import { type Allowance, createQuota, type Quota, type Share } from "#lib/store/ledger-quota.ts";
import { type Bounded, boundedCertificates, boundedEvents, boundedGroups, countBuckets, removeBuckets } from "#lib/store/ledger-room.ts";
import { addBuckets, addEvents, addGroups, type Loss } from "#lib/store/ledger-rows.ts";
import { noSite } from "#lib/store/ledger-tables.ts";

/** What became of a batch: entries written, entries lost to a database that could not be used, events deleted to make room. */
export type LedgerReceipt = { written: number; dropped: number; evicted: number };

export type LedgerWriter = {
  /** Writes a batch in short transactions with pauses between them; never throws: what cannot be written is counted. */
  record(batch: LedgerBatch): Promise<LedgerReceipt>;
  /** Deletes what is too old; never throws. For a timer. */
  sweep(): Promise<void>;
};

export type LedgerQuotas = {
  /** By lane: twice the caller's place among `callers`, plus one for requests. */
  events: readonly Allowance[];
  /** By caller. */
  groups: readonly Allowance[];
  certificates: readonly Allowance[];
  buckets: number;
};

/** About 220,000 events, 50,000 groups and 30,000 certificates at most. */
export const ledgerQuotas: LedgerQuotas = {
  events: [
    { total: 60_000, perSite: 20_000 },
    { total: 30_000, perSite: 10_000 },
    { total: 20_000, perSite: 10_000 },
    { total: 15_000, perSite: 5_000 },
    { total: 20_000, perSite: 5_000 },
    { total: 15_000, perSite: 5_000 },
    { total: 20_000, perSite: 5_000 },
    { total: 40_000, perSite: 10_000 },
  ],
  groups: [
    { total: 20_000, perSite: 5_000 },
    { total: 5_000, perSite: 1_000 },
    { total: 5_000, perSite: 1_000 },
    { total: 20_000, perSite: 200 },
  ],
  certificates: [
    { total: 20_000, perSite: 5_000 },
    { total: 5_000, perSite: 1_000 },
    { total: 5_000, perSite: 1_000 },
    { total: 0, perSite: 0 },
  ],
  buckets: 600_000,
};

export type LedgerWriterOptions = {
  /** Rows live this long; 0 keeps none. */
  days: number;
  quotas?: LedgerQuotas;
  /** Wall clock in milliseconds. */
  now?: () => number;
  /** Hears why something could not be written: once, until it works again. */
  onFault?: (failure: unknown) => void;
};

/** An acknowledgement waits for one transaction of this many rows at most. */
const mostPerTransaction = 200;
/** Transactions that make room after one batch; what is left is for the next. */
const mostRounds = 20;
const dayMs = 86_400_000;
/** Minutes are kept for the plot of the last hours, hours for all days. */
const minutesKeptMs = 6 * 3_600_000;

/** The one writer of the ledger's tables; the numbers of their rows stay in memory between batches. */
export function createLedgerWriter(connection: Connection, options: LedgerWriterOptions): LedgerWriter {
  const { days, quotas = ledgerQuotas, now = Date.now, onFault = () => {} } = options;
  const events = { ...boundedEvents, quota: createQuota(quotas.events) };
  const groups = { ...boundedGroups, quota: createQuota(quotas.groups) };
  const certificates = { ...boundedCertificates, quota: createQuota(quotas.certificates) };
  const tables: (Bounded & { quota: Quota })[] = [events, groups, certificates];
  const losses = new Map<string, Loss>();
  let buckets = 0;
  let generation = -1;
  let isFaulty = false;
  /** The last fault was the whole file's: each further attempt would wait for its lock again. */
  let isLocked = false;

  return { record, sweep };

  async function record(batch: LedgerBatch): Promise<LedgerReceipt> {
    const receipt = { written: 0, dropped: 0, evicted: 0 };
    if (days === 0) return receipt;
    for (const { siteId, count } of batch.dropped) lose(siteId ?? noSite, "DROPPED", count);
    const longest = Math.max(batch.entries.length, batch.certificates.length, losses.size > 0 ? 1 : 0);
    for (let start = 0; start < longest; start += mostPerTransaction) {
      const entries = batch.entries.slice(start, start + mostPerTransaction);
      if (add(entries, batch.certificates.slice(start, start + mostPerTransaction))) receipt.written += entries.length;
      else if (isLocked) return { ...receipt, dropped: receipt.dropped + giveUp(batch.entries.slice(start)) };
      else receipt.dropped += giveUp(entries);
      await nextTurn();
    }
    receipt.evicted = await makeRoom();
    return receipt;
  }

  function add(entries: readonly LedgerEntry[], presented: readonly PresentedCertificate[]): boolean {
    const told = [...losses.values()];
    try {
      const added = connection.write((tx) => {
        if (connection.generation() !== generation) {
          for (const { quota, count } of tables) quota.load(count(tx));
          buckets = countBuckets(tx);
          generation = connection.generation();
        }
        return {
          certificates: keepCertificates(tx, presented),
          events: addEvents(tx, entries),
          groups: addGroups(tx, entries),
          buckets: addBuckets(tx, entries, told, now()),
        };
      });
      for (const share of added.certificates) change(certificates.quota, share);
      for (const share of added.events) events.quota.add(share);
      for (const share of added.groups) groups.quota.add(share);
      buckets += added.buckets;
      losses.clear();
      isFaulty = false;
      return true;
    } catch (failure) {
      // A loss of rows is all that a broken database may cost.
      report(failure);
      return false;
    }
  }

  function giveUp(entries: readonly LedgerEntry[]): number {
    for (const { siteId } of entries) lose(siteId ?? noSite, "DROPPED", 1);
    return entries.length;
  }

  async function makeRoom(): Promise<number> {
    let evicted = 0;
    for (let round = 0; round < mostRounds && removeExcess((share) => (evicted += share.count)); round += 1) await nextTurn();
    return evicted;
  }

  /** One transaction that deletes what is over a bound; false when nothing is, or when it cannot be done now. */
  function removeExcess(onEvicted: (share: Share) => void): boolean {
    try {
      for (const table of tables) {
        const excess = table.quota.excess(mostPerTransaction * 2);
        if (excess === null) continue;
        const count = connection.write((tx) => table.remove(tx, excess));
        table.quota.remove({ ...excess, count });
        // Fewer rows than were counted: somebody else has been at the table.
        if (count < excess.count) generation = -1;
        if (table === events) {
          lose(excess.siteId, "EVICTED", count);
          onEvicted({ ...excess, count });
        }
        return count > 0;
      }
      if (buckets <= quotas.buckets) return false;
      const removed = connection.write((tx) => removeBuckets(tx, 60, mostPerTransaction) || removeBuckets(tx, 3_600, mostPerTransaction));
      buckets -= removed;
      return removed > 0;
    } catch (failure) {
      report(failure);
      return false;
    }
  }

  async function sweep(): Promise<void> {
    while (removeOld()) await nextTurn();
  }

  function removeOld(): boolean {
    const at = now();
    const cutoff = new Date(at - days * dayMs);
    const most = mostPerTransaction;
    try {
      const removed = connection.write((tx) => ({
        tables: tables.map(({ removeOld }) => removeOld(tx, cutoff, most)),
        minutes: removeBuckets(tx, 60, most, new Date(Math.max(cutoff.getTime(), at - minutesKeptMs))),
        hours: removeBuckets(tx, 3_600, most, cutoff),
      }));
      for (const [index, shares] of removed.tables.entries()) for (const share of shares) tables[index]?.quota.remove(share);
      buckets -= removed.minutes + removed.hours;
      return removed.tables.some((shares) => shares.length === most) || removed.minutes === most || removed.hours === most;
    } catch (failure) {
      report(failure);
      return false;
    }
  }

  function report(failure: unknown): void {
    if (!isFaulty) onFault(failure);
    isFaulty = true;
    isLocked = failure instanceof AppError && failure.code === "store.unavailable";
  }

  function lose(siteId: string, verdict: Loss["verdict"], count: number): void {
    const key = `${siteId} ${verdict}`;
    // As many sites as there may be: beyond them the loss is told without its site.
    const place = losses.has(key) || losses.size < 10_000 ? siteId : noSite;
    const before = losses.get(`${place} ${verdict}`)?.count ?? 0;
    losses.set(`${place} ${verdict}`, { siteId: place, verdict, count: before + count });
  }
}

function change(quota: Quota, share: Share): void {
  if (share.count < 0) quota.remove({ ...share, count: -share.count });
  else quota.add(share);
}
