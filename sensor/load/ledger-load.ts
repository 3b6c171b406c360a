import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createLogger } from "#lib/log.ts";
import { callers } from "#lib/site/caller.ts";
import type { LedgerEntry } from "#lib/store/ledger-entry.ts";
import { entryOf, shown } from "#lib/store/ledger-fixture.ts";
import type { LedgerQuotas } from "#lib/store/ledger-writer.ts";
import { accepted, storeFixture } from "#lib/store/store-fixture.ts";
import { createLedger, type Ledger } from "#sensor/ledger.ts";
import { watchLoopLag } from "#sensor/loop-lag.ts";
import { createStoreWriter } from "#sensor/store-writer.ts";

const perSecond = 2_000;
const processes = 2;

/** What a run showed; sizes in bytes, times in milliseconds. */
export type LedgerLoad = {
  added: number;
  written: number;
  dropped: number;
  rows: number;
  /** Of the database and its log, each second. */
  sizes: number[];
  acknowledgements: number[];
  lags: number[];
  heap: number[];
  /** Of the whole process, the writer's thread among it, whose heap is its own. */
  resident: number[];
};

/**
 * 2,000 synthetic events a second from two workers' collectors through the writer's thread into a ledger that is full after
 * a fraction of them, while a revision is acknowledged every 50 ms.
 */
export async function runLedgerLoad(seconds: number): Promise<LedgerLoad> {
  const { dataDir, store, tenantId, save } = await storeFixture();
  const { siteId } = accepted(await save({ hostName: "shop.test" }));
  const lanes = (count: number, each: number) => Array.from({ length: count }, () => ({ total: each, perSite: each }));
  const quotas: LedgerQuotas = { events: lanes(8, 80 * seconds), groups: lanes(4, 50), certificates: lanes(4, 50), buckets: 500 };
  const writer = createStoreWriter({ dataDir, ledgerDays: 30, log: createLogger("load", () => {}), quotas });
  const load: LedgerLoad = { added: 0, written: 0, dropped: 0, rows: 0, sizes: [], acknowledgements: [], lags: [], heap: [], resident: [] };
  const ledgers = Array.from({ length: processes }, () =>
    createLedger({
      onDropped: (_, count) => {
        load.dropped += count;
      },
      async send(batch) {
        const receipt = await writer.ledger.record(JSON.stringify(batch));
        load.written += receipt.written;
        load.dropped += receipt.dropped;
      },
    }),
  );
  const acknowledge = (revision: number) =>
    writer.acknowledgements.record({ siteId, revision, state: "serving", problems: [], fallbackRevision: null, at: new Date() });
  // The thread is there before anything is timed.
  await acknowledge(1);
  const stop = watchLoopLag((lagMs) => load.lags.push(lagMs));
  const begun = performance.now();
  for (let tick = 0; performance.now() - begun < seconds * 1_000; tick += 1) {
    const due = Math.floor(((performance.now() - begun) / 1_000) * perSecond);
    while (load.added < due) addOne(ledgers, siteId, load.added++);
    if (tick % 10 === 0) acknowledge(tick + 2).then(timed(load.acknowledgements));
    if (load.sizes.length < (performance.now() - begun) / 1_000) {
      load.sizes.push(sizeOf(dataDir));
      const { heapUsed, rss } = process.memoryUsage();
      load.heap.push(heapUsed);
      load.resident.push(rss);
    }
    await delay(5);
  }
  stop();
  await Promise.all(ledgers.map((ledger) => ledger.drain()));
  await writer.close();
  load.sizes.push(sizeOf(dataDir));
  load.rows = (await store.ledger.events(tenantId, { siteId, limit: 1_000_000 })).length;
  return load;
}

/** Callers of every kind in turns; strangers never come twice with the same certificate. */
function addOne(ledgers: readonly Ledger[], siteId: string, number: number): void {
  const caller = callers[number % 4] ?? "none";
  const about: Partial<LedgerEntry> = { at: Date.now(), siteId, caller, requestId: `request-${number}` };
  const kind = number % 8 < 4 ? "handshake" : "request";
  const fingerprint = (caller === "stranger" ? number : number % 40).toString(16).padStart(64, "0");
  const entry = caller === "none" ? entryOf({ ...about, kind }) : shown(fingerprint, { ...about, kind });
  ledgers[number % ledgers.length]?.add(entry);
}

function sizeOf(dataDir: string): number {
  const files = ["sensor.db", "sensor.db-wal"].map((name) => path.join(dataDir, name));
  return files.reduce((sum, file) => sum + (existsSync(file) ? statSync(file).size : 0), 0);
}

function timed(times: number[]): () => void {
  const begun = performance.now();
  return () => times.push(performance.now() - begun);
}

/** The value below which this part of all lies. */
export function quantile(values: readonly number[], part: number): number {
  return values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) * part)] ?? Number.NaN;
}
