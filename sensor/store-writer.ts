import type { Worker } from "node:worker_threads";
import { AppError } from "#lib/app-error.ts";
import type { Logger } from "#lib/log.ts";
import type { Acknowledgement } from "#lib/store/acknowledgements.ts";
import type { Heartbeat } from "#lib/store/heartbeats.ts";
import type { LedgerQuotas } from "#lib/store/ledger-writer.ts";
import type { LedgerReceipt } from "#lib/store/store.ts";
import { startThread } from "#sensor/program.ts";
import type { Answer, Order } from "#sensor/store-writer-thread.ts";

/**
 * All that the sensor writes into sensor.db, done in a thread of its own, so that the loop which lets connections in
 * never waits for the disk. What cannot be written rejects with AppError `store.unavailable`; a thread that ends is
 * replaced.
 */
export type StoreWriter = {
  acknowledgements: { record(acknowledgement: Acknowledgement): Promise<void> };
  heartbeat(heartbeat: Heartbeat): Promise<void>;
  /** A batch of the ledger as JSON text: only the thread reads it. */
  ledger: { record(batch: string): Promise<LedgerReceipt> };
  /** Writes what it was given so far, then ends. */
  close(): Promise<void>;
};

export type StoreWriterOptions = {
  dataDir: string;
  /** How long rows of the ledger live; 0 keeps none. */
  ledgerDays: number;
  log: Logger;
  /** For tests: tighter bounds, another thread. */
  quotas?: LedgerQuotas;
  start?: () => Worker;
};

type Pending = { resolve: (value: never) => void; reject: (failure: AppError) => void };

const patience = { firstDelayMs: 100, longestDelayMs: 10_000, closeMs: 5_000 };

export function createStoreWriter({ dataDir, ledgerDays, log, ...options }: StoreWriterOptions): StoreWriter {
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let thread: Worker | null = null;
  let failures = 0;
  let isClosing = false;
  let timer: NodeJS.Timeout | null = null;
  begin();

  return {
    acknowledgements: { record: (acknowledgement) => ask({ type: "acknowledge", acknowledgement }) },
    heartbeat: (heartbeat) => ask({ type: "heartbeat", heartbeat }),
    ledger: { record: (batch) => ask({ type: "ledger", batch }) },
    close,
  };

  function begin(): void {
    const begun = options.start?.() ?? startThread("store-writer-thread", { dataDir, ledgerDays, quotas: options.quotas });
    thread = begun;
    begun.on("message", hear);
    begun.on("error", (failure) => log.error({ err: failure }, "the writer of sensor.db failed"));
    begun.once("exit", () => end(begun));
  }

  function hear({ id, ...answer }: Answer): void {
    const waiting = pending.get(id);
    pending.delete(id);
    if ("failure" in answer) waiting?.reject(new AppError(answer.failure.code, answer.failure.message));
    else waiting?.resolve(answer.value as never);
    failures = 0;
  }

  function end(ended: Worker): void {
    if (thread !== ended) return;
    thread = null;
    for (const { reject } of pending.values()) reject(gone());
    pending.clear();
    if (isClosing) return;
    const delayMs = Math.min(patience.firstDelayMs * 2 ** failures++, patience.longestDelayMs);
    log.error({ delayMs }, "the writer of sensor.db ended and is replaced");
    timer = setTimeout(begin, delayMs);
    timer.unref();
  }

  function ask<T>(order: Order): Promise<T> {
    if (thread === null) return Promise.reject(gone());
    const id = nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    pending.set(id, { resolve, reject });
    thread.postMessage({ id, ...order });
    return promise;
  }

  async function close(): Promise<void> {
    isClosing = true;
    if (timer !== null) clearTimeout(timer);
    const closing = thread;
    if (closing === null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    closing.once("exit", () => resolve());
    const late = setTimeout(() => closing.terminate(), patience.closeMs);
    closing.postMessage({ id: 0, type: "close" });
    await promise;
    clearTimeout(late);
  }
}

function gone(): AppError {
  return new AppError("store.unavailable", "sensor.db has no writer at the moment.");
}
