import { parentPort, workerData } from "node:worker_threads";
import { AppError } from "#lib/app-error.ts";
import { createLogger } from "#lib/log.ts";
import type { Acknowledgement } from "#lib/store/acknowledgements.ts";
import type { Heartbeat } from "#lib/store/heartbeats.ts";
import type { LedgerQuotas } from "#lib/store/ledger-writer.ts";
import { type LedgerBatch, openLedgerWriter, openSensorStore } from "#lib/store/store.ts";
import { repeat } from "#sensor/repeat.ts";

/** What the thread is asked to do. */
export type Order =
  | { type: "acknowledge"; acknowledgement: Acknowledgement }
  | { type: "heartbeat"; heartbeat: Heartbeat }
  | { type: "ledger"; batch: string }
  | { type: "close" };

export type Answer = { id: number; value: unknown } | { id: number; failure: { code: string; message: string } };

type WorkerData = { dataDir: string; ledgerDays: number; quotas?: LedgerQuotas };

const { dataDir, ledgerDays, quotas }: WorkerData = workerData;
const log = createLogger("sensor").child({ thread: "writer" });
const store = openSensorStore(dataDir);
const ledger = openLedgerWriter(dataDir, {
  days: ledgerDays,
  ...(quotas && { quotas }),
  onFault: (failure) => log.warn({ err: failure }, "rows of the ledger are lost until sensor.db can be written again"),
});
const stopSweeping = repeat(ledger.sweep, 60_000);
let ledgerWork: Promise<unknown> = ledger.sweep();

parentPort?.on("message", ({ id, ...order }: Order & { id: number }) => {
  if (order.type === "close") void close();
  else reply(id, work(order));
});

/** The ledger's batches wait for each other; it pauses between short transactions, and there the rest goes ahead. */
function work(order: Exclude<Order, { type: "close" }>): Promise<unknown> {
  if (order.type === "acknowledge") return store.acknowledgements.record(order.acknowledgement);
  if (order.type === "heartbeat") return store.heartbeat(order.heartbeat);
  ledgerWork = ledgerWork.then(() => ledger.record(readBatch(order.batch)));
  return ledgerWork;
}

/** The text comes from a worker of this very sensor. */
function readBatch(text: string): LedgerBatch {
  return JSON.parse(text);
}

function reply(id: number, result: Promise<unknown>): void {
  result.then(
    (value) => post({ id, value }),
    (failure: unknown) => {
      const isOurs = failure instanceof AppError;
      post({ id, failure: { code: isOurs ? failure.code : "store.failed", message: isOurs ? failure.message : String(failure) } });
    },
  );
}

function post(answer: Answer): void {
  parentPort?.postMessage(answer);
}

async function close(): Promise<void> {
  stopSweeping();
  await ledgerWork.catch(() => {});
  ledger.close();
  store.close();
  parentPort?.close();
}
