import { sql } from "drizzle-orm";
import { escaped } from "#lib/pki/name.ts";
import { callers } from "#lib/site/caller.ts";
import type { Transaction } from "#lib/store/database.ts";
import { type LedgerEntry, mostIssuers } from "#lib/store/ledger-entry.ts";
import type { Share } from "#lib/store/ledger-quota.ts";
import { ledgerBuckets, ledgerEvents, ledgerGroups, noSite } from "#lib/store/ledger-tables.ts";

/** Rows that could not be kept: never written, or deleted before their time to make room. */
export type Loss = { siteId: string; verdict: "DROPPED" | "EVICTED"; count: number };

/** Widths of the plot's buckets in seconds. */
export const bucketWidths = [60, 3_600] as const;

/** Adds a row for each entry; answers how many came to which lane. */
export function addEvents(tx: Transaction, entries: readonly LedgerEntry[]): Share[] {
  const insert = tx.insert(ledgerEvents).values(eventPlaceholders).prepare();
  return entries.map((entry) => {
    const siteId = entry.siteId ?? noSite;
    const lane = callers.indexOf(entry.caller) * 2 + (entry.kind === "handshake" ? 0 : 1);
    const { kind, verdict, isRefused } = entry;
    insert.run({ at: new Date(entry.at), siteId, kind, verdict, isRefused, lane, ...factsOf(entry) });
    return { siteId, lane, count: 1 };
  });
}

function factsOf(entry: LedgerEntry) {
  return {
    address: escaped(entry.address),
    serverName: text(entry.serverName),
    protocol: text(entry.protocol),
    cipher: text(entry.cipher),
    alpn: text(entry.alpn),
    fingerprint: text(entry.certificate?.fingerprint),
    subject: text(entry.certificate?.subject),
    code: text(entry.code),
    reason: text(entry.reason),
    status: entry.status ?? null,
    requestId: text(entry.requestId),
    originAddress: text(entry.originAddress),
    revision: entry.revision ?? null,
  };
}

function text(value: string | null | undefined): string | null {
  return value === undefined || value === null ? null : escaped(value);
}

/** Counts entries in their groups, one write for all of a kind; answers the groups that are new. */
export function addGroups(tx: Transaction, entries: readonly LedgerEntry[]): Share[] {
  const shares: Share[] = [];
  for (const [first, ...rest] of groupBy(entries, groupKey)) {
    const all = [first, ...rest];
    const last = all.at(-1) ?? first;
    const chain = all.findLast((entry) => (entry.chain?.length ?? 0) > 0)?.chain?.slice(0, mostIssuers) ?? [];
    const siteId = first.siteId ?? noSite;
    const seen = {
      caller: callers.indexOf(last.caller),
      lastAt: new Date(Math.max(...all.map(({ at }) => at))),
      lastAddress: escaped(last.address),
      lastCode: text(last.code),
      lastReason: text(last.reason),
      lastRevision: last.revision ?? null,
      subject: text(last.certificate?.subject),
    };
    const { kind, verdict, isRefused } = first;
    const key = { siteId, kind, fingerprint: first.certificate?.fingerprint ?? "", verdict, isRefused };
    const row = tx
      .insert(ledgerGroups)
      .values({ ...key, ...seen, count: all.length, firstAt: new Date(Math.min(...all.map(({ at }) => at))), chain })
      .onConflictDoUpdate({
        target: [ledgerGroups.siteId, ledgerGroups.fingerprint, ledgerGroups.verdict, ledgerGroups.kind, ledgerGroups.isRefused],
        set: { ...seen, count: sql`${ledgerGroups.count} + ${all.length}`, ...(chain.length > 0 ? { chain } : {}) },
      })
      .returning({ count: ledgerGroups.count, caller: ledgerGroups.caller })
      .get();
    if (row.count === all.length) shares.push({ siteId, lane: row.caller, count: 1 });
  }
  return shares;
}

/** Counts entries and losses in the plot's buckets; answers how many buckets are new. */
export function addBuckets(tx: Transaction, entries: readonly LedgerEntry[], losses: readonly Loss[], now: number): number {
  const [narrowest] = bucketWidths;
  // Everything of one minute is counted together first: entries by the hundred come down to a few rows for each width.
  const counted = [
    ...groupBy(entries, (entry) => [entry.siteId, startOf(entry.at, narrowest), entry.kind, entry.verdict, entry.isRefused].join(" ")).map(
      (all) => {
        const [{ siteId, at, kind, verdict, isRefused }] = all;
        return { siteId: siteId ?? noSite, at, kind, verdict, isRefused, count: all.length };
      },
    ),
    ...losses.map((loss) => ({ ...loss, at: now, kind: "lost" as const, isRefused: false })),
  ];
  let added = 0;
  for (const width of bucketWidths) {
    const starting = counted.map(({ at, ...row }) => ({ ...row, width, start: startOf(at, width) }));
    for (const rows of groupBy(starting, (row) => [row.siteId, row.start, row.kind, row.verdict, row.isRefused].join(" "))) {
      const [{ start, ...first }] = rows;
      const count = rows.reduce((sum, row) => sum + row.count, 0);
      const { siteId, kind, verdict, isRefused } = ledgerBuckets;
      const bucket = tx
        .insert(ledgerBuckets)
        .values({ ...first, start: new Date(start), count })
        .onConflictDoUpdate({
          target: [siteId, ledgerBuckets.width, ledgerBuckets.start, kind, verdict, isRefused],
          set: { count: sql`${ledgerBuckets.count} + ${count}` },
        })
        .returning({ count: ledgerBuckets.count })
        .get();
      if (bucket.count === count) added += 1;
    }
  }
  return added;
}

/** Milliseconds at which the bucket of this width begins that a moment falls into. */
function startOf(at: number, width: number): number {
  return Math.floor(at / (width * 1_000)) * width * 1_000;
}

function groupKey({ siteId, kind, certificate, verdict, isRefused }: LedgerEntry): string {
  return [siteId, kind, certificate?.fingerprint, verdict, isRefused].join(" ");
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return [...groups.values()];
}

const eventPlaceholders = {
  at: sql.placeholder("at"),
  siteId: sql.placeholder("siteId"),
  kind: sql.placeholder("kind"),
  verdict: sql.placeholder("verdict"),
  isRefused: sql.placeholder("isRefused"),
  lane: sql.placeholder("lane"),
  address: sql.placeholder("address"),
  serverName: sql.placeholder("serverName"),
  protocol: sql.placeholder("protocol"),
  cipher: sql.placeholder("cipher"),
  alpn: sql.placeholder("alpn"),
  fingerprint: sql.placeholder("fingerprint"),
  subject: sql.placeholder("subject"),
  code: sql.placeholder("code"),
  reason: sql.placeholder("reason"),
  status: sql.placeholder("status"),
  requestId: sql.placeholder("requestId"),
  originAddress: sql.placeholder("originAddress"),
  revision: sql.placeholder("revision"),
};
