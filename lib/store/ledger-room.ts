import { and, asc, count, eq, inArray, lt } from "drizzle-orm";
import type { Queries, Transaction } from "#lib/store/database.ts";
import type { Share } from "#lib/store/ledger-quota.ts";
import { ledgerBuckets, ledgerCertificates, ledgerEvents, ledgerGroups } from "#lib/store/ledger-tables.ts";

/** A table of the ledger whose rows are counted by lane and site. */
export type Bounded = {
  count(queries: Queries): Share[];
  /** Deletes a share's oldest rows; answers how many. */
  remove(tx: Transaction, share: Share): number;
  /** Deletes at most `most` of the rows from before `cutoff`; answers whose they were. */
  removeOld(tx: Transaction, cutoff: Date, most: number): Share[];
};

/** Events go by their id, which is cheaper than their time and the same to within a moment. */
export const boundedEvents: Bounded = {
  count: (queries) =>
    queries
      .select({ siteId: ledgerEvents.siteId, lane: ledgerEvents.lane, count: count() })
      .from(ledgerEvents)
      .groupBy(ledgerEvents.siteId, ledgerEvents.lane)
      .all(),
  remove(tx, share) {
    const oldest = tx
      .select({ id: ledgerEvents.id })
      .from(ledgerEvents)
      .where(and(eq(ledgerEvents.siteId, share.siteId), eq(ledgerEvents.lane, share.lane)))
      .orderBy(asc(ledgerEvents.id))
      .limit(share.count);
    return tx.delete(ledgerEvents).where(inArray(ledgerEvents.id, oldest)).run().changes;
  },
  removeOld(tx, cutoff, most) {
    const old = tx
      .select({ id: ledgerEvents.id })
      .from(ledgerEvents)
      .where(lt(ledgerEvents.at, cutoff))
      .orderBy(asc(ledgerEvents.at))
      .limit(most);
    const rows = tx
      .delete(ledgerEvents)
      .where(inArray(ledgerEvents.id, old))
      .returning({ siteId: ledgerEvents.siteId, lane: ledgerEvents.lane });
    return rows.all().map(one);
  },
};

export const boundedGroups: Bounded = {
  count: (queries) =>
    queries
      .select({ siteId: ledgerGroups.siteId, lane: ledgerGroups.caller, count: count() })
      .from(ledgerGroups)
      .groupBy(ledgerGroups.siteId, ledgerGroups.caller)
      .all(),
  remove(tx, share) {
    const oldest = tx
      .select({ id: ledgerGroups.id })
      .from(ledgerGroups)
      .where(and(eq(ledgerGroups.siteId, share.siteId), eq(ledgerGroups.caller, share.lane)))
      .orderBy(asc(ledgerGroups.lastAt))
      .limit(share.count);
    return tx.delete(ledgerGroups).where(inArray(ledgerGroups.id, oldest)).run().changes;
  },
  removeOld(tx, cutoff, most) {
    const old = tx
      .select({ id: ledgerGroups.id })
      .from(ledgerGroups)
      .where(lt(ledgerGroups.lastAt, cutoff))
      .orderBy(asc(ledgerGroups.lastAt))
      .limit(most);
    const rows = tx
      .delete(ledgerGroups)
      .where(inArray(ledgerGroups.id, old))
      .returning({ siteId: ledgerGroups.siteId, lane: ledgerGroups.caller });
    return rows.all().map(one);
  },
};

export const boundedCertificates: Bounded = {
  count: (queries) =>
    queries
      .select({ siteId: ledgerCertificates.siteId, lane: ledgerCertificates.caller, count: count() })
      .from(ledgerCertificates)
      .groupBy(ledgerCertificates.siteId, ledgerCertificates.caller)
      .all(),
  remove(tx, share) {
    const oldest = tx
      .select({ fingerprint: ledgerCertificates.fingerprint })
      .from(ledgerCertificates)
      .where(and(eq(ledgerCertificates.siteId, share.siteId), eq(ledgerCertificates.caller, share.lane)))
      .orderBy(asc(ledgerCertificates.lastAt))
      .limit(share.count);
    return tx.delete(ledgerCertificates).where(inArray(ledgerCertificates.fingerprint, oldest)).run().changes;
  },
  removeOld(tx, cutoff, most) {
    const old = tx
      .select({ fingerprint: ledgerCertificates.fingerprint })
      .from(ledgerCertificates)
      .where(lt(ledgerCertificates.lastAt, cutoff))
      .orderBy(asc(ledgerCertificates.lastAt))
      .limit(most);
    const rows = tx
      .delete(ledgerCertificates)
      .where(inArray(ledgerCertificates.fingerprint, old))
      .returning({ siteId: ledgerCertificates.siteId, lane: ledgerCertificates.caller });
    return rows.all().map(one);
  },
};

export function countBuckets(queries: Queries): number {
  return queries.select({ count: count() }).from(ledgerBuckets).get()?.count ?? 0;
}

/** Deletes at most `most` of the oldest buckets of this width, those from before `cutoff` where it is given; answers how many. */
export function removeBuckets(tx: Transaction, width: number, most: number, cutoff?: Date): number {
  const isOld = cutoff && lt(ledgerBuckets.start, cutoff);
  const oldest = tx
    .select({ id: ledgerBuckets.id })
    .from(ledgerBuckets)
    .where(and(eq(ledgerBuckets.width, width), isOld))
    .orderBy(asc(ledgerBuckets.start))
    .limit(most);
  return tx.delete(ledgerBuckets).where(inArray(ledgerBuckets.id, oldest)).run().changes;
}

function one(place: { siteId: string; lane: number }): Share {
  return { ...place, count: 1 };
}
