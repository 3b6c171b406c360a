import { AppError } from "#lib/app-error.ts";
import { readEnvironment } from "#lib/env.ts";
import { shareOf } from "#lib/limits.ts";
import { type LedgerBatch, openSensorStore } from "#lib/store/store.ts";
import type { Asked } from "#sensor/answerer.ts";
import { deadlinesFrom } from "#sensor/deadlines.ts";
import { openKeyringFile } from "#sensor/keyring-file.ts";
import type { Begin, FromWorker, ToWorker, TrafficPort } from "#sensor/messages.ts";
import { createSensorLog } from "#sensor/sensor-log.ts";
import { startWorker, type Worker } from "#sensor/worker.ts";

const log = createSensorLog().child({ worker: process.pid });
let worker: Worker | null = null;
let starting: Promise<Worker> | null = null;
let isReady = false;
let isLeaving = false;
const closed: string[] = [];
/** For so long ended connections wait to be told together. */
const togetherMs = 5;
let recorded = (_isTaken: boolean): void => {};

process.on("message", (message: ToWorker, handle: unknown) => {
  if (message.type === "begin") begin(message);
  else if (message.type === "listen") listen(message.port, handle);
  else if (message.type === "rest") worker?.rest();
  else if (message.type === "judged") worker?.judge(message.judgements);
  else if (message.type === "drain") leave("the sensor stops");
  else if (message.type === "overrule") worker?.overrule(message);
  else if (message.type === "recorded") recorded(message.isTaken);
  else answer(message.asked);
});
// The primary's end: nobody counts for this worker any more, and nothing is left to wait for but what runs.
process.on("disconnect", () => {
  recorded(false);
  leave("the primary is gone");
});
process.on("SIGTERM", () => leave("SIGTERM"));
// Ctrl-C in a terminal reaches every process of the group; the primary says when it is time.
process.on("SIGINT", () => {});

async function begin(about: Begin): Promise<void> {
  starting = start(about);
  try {
    worker = await starting;
  } catch (failure) {
    fail(failure);
  }
}

async function start({ ports, workers }: Begin): Promise<Worker> {
  const environment = readEnvironment();
  const store = openSensorStore(environment.dataDir);
  return startWorker({
    dataDir: environment.dataDir,
    store,
    keyrings: openKeyringFile(environment.secretsKeyFile, log),
    log,
    ports,
    publicHttpsPort: environment.publicHttpsPort,
    originAllow: environment.originAllow,
    productPorts: environment.productPorts,
    deadlines: deadlinesFrom(environment.sensorTimeouts),
    limits: shareOf(environment.sensorLimits, workers),
    onWord: (word) => tell({ type: "word", word }),
    onArrived: (arrivals) => tell({ type: "arrived", arrivals }),
    onClosed: reportClosed,
    onStatus: (status) => tell({ type: "status", status }),
    onCounts: (counts) => tell({ type: "counts", counts }),
    ...(environment.ledgerDays === 0 ? {} : { record }),
  });
}

/** A worker that cannot listen at first never can; later it serves on what it has, and is sent the ports again. */
async function listen(port: TrafficPort, handle: unknown): Promise<void> {
  try {
    // Once it is there it is told in the same turn: a `rest` that follows must find the port.
    if (worker === null) await starting;
    await worker?.listen(port, handle);
    if (isReady || !worker?.isListening()) return;
    isReady = true;
    tell({ type: "ready" });
  } catch (failure) {
    if (isReady) log.error({ err: failure }, "a port cannot be listened on");
    else fail(failure);
  }
}

/** One batch at a time is under way: while the primary cannot take it, later events wait in their bounded places. */
function record(batch: LedgerBatch): Promise<void> {
  return new Promise((resolve, reject) => {
    recorded = (isTaken) => (isTaken ? resolve() : reject(new AppError("ledger.lost", "Nobody took the batch.")));
    if (process.connected) tell({ type: "record", batch: JSON.stringify(batch) });
    else recorded(false);
  });
}

/** One message tells of all that end within a moment: a message for each would cost as much as the connection. */
function reportClosed(address: string): void {
  if (closed.push(address) === 1) setTimeout(() => tell({ type: "closed", addresses: closed.splice(0) }), togetherMs);
}

/** What is not answered before this process ends is refused by the primary when it sees the end. */
async function answer(asked: Asked): Promise<void> {
  if (worker !== null) tell({ type: "answer", id: asked.id, answer: await worker.answer(asked) });
}

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

async function leave(reason: string): Promise<void> {
  if (isLeaving) return;
  isLeaving = true;
  log.info({ reason }, "worker draining");
  tell({ type: "leaving" });
  await worker?.drain();
  process.exit(0);
}

function fail(failure: unknown): void {
  const message = failure instanceof AppError ? failure.message : `A worker of the sensor cannot start: ${String(failure)}`;
  log.fatal({ err: failure }, message);
  process.exitCode = 1;
  process.send?.({ type: "fatal", message } satisfies FromWorker, undefined, undefined, () => process.exit());
}
