import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { AppError } from "#lib/app-error.ts";
import { readEnvironment } from "#lib/env.ts";
import { shareOf } from "#lib/limits.ts";
import { type LedgerBatch, openSensorStore } from "#lib/store/store.ts";
import type { Asked } from "#sensor/answerer.ts";
import { deadlinesFrom } from "#sensor/deadlines.ts";
import { openKeyringFile } from "#sensor/keyring-file.ts";
import type { Begin, FromWorker, ToWorker } from "#sensor/messages.ts";
import { createSensorLog } from "#sensor/sensor-log.ts";
import { startWorker, type Worker } from "#sensor/worker.ts";

const log = createSensorLog().child({ worker: process.pid });
let worker: Worker | null = null;
let isLeaving = false;
const closed: string[] = [];
/** For so long ended connections wait to be told together. */
const togetherMs = 5;
let recorded = (_isTaken: boolean): void => {};

process.on("message", (message: ToWorker, socket?: Socket) => {
  if (message.type === "begin") begin(message).catch(fail);
  else if (message.type === "drain") leave("the sensor stops");
  else if (message.type === "overrule") worker?.overrule(message);
  else if (message.type === "recorded") recorded(message.isTaken);
  else if (message.type === "ask") answer(message.asked);
  else if (worker === null || socket === undefined || isLeaving) turnAway(socket, message.address);
  else worker.take(message.port, socket, message.address);
});
// The one word on a connection whose handle was lost on the way, because no file descriptor was left for it (MSG_CTRUNC): its
// `message` never comes. Node types `process` without the event.
const channel: EventEmitter = process;
channel.on("internalMessage", ({ cmd, msg }: { cmd: string; msg?: ToWorker }, handle: unknown) => {
  if (cmd === "NODE_HANDLE" && !handle && msg?.type === "take") reportClosed(msg.address);
});
// The primary's end: a worker that nobody gives connections has nothing to wait for but what runs.
process.on("disconnect", () => {
  recorded(false);
  leave("the primary is gone");
});
process.on("SIGTERM", () => leave("SIGTERM"));
// Ctrl-C in a terminal reaches every process of the group; the primary says when it is time.
process.on("SIGINT", () => {});

async function begin({ ports, workers }: Begin): Promise<void> {
  const environment = readEnvironment();
  const store = openSensorStore(environment.dataDir);
  worker = await startWorker({
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
    onClosed: reportClosed,
    onStatus: (status) => tell({ type: "status", status }),
    onCounts: (counts) => tell({ type: "counts", counts }),
    ...(environment.ledgerDays === 0 ? {} : { record }),
  });
  tell({ type: "ready" });
}

/** One batch at a time is under way: while the primary cannot take it, later events wait in their bounded places. */
function record(batch: LedgerBatch): Promise<void> {
  return new Promise((resolve, reject) => {
    recorded = (isTaken) => (isTaken ? resolve() : reject(new AppError("ledger.lost", "Nobody took the batch.")));
    if (process.connected) tell({ type: "record", batch: JSON.stringify(batch) });
    else recorded(false);
  });
}

/** One message tells of all that end within a moment: a message for each would cost as much as taking it over. */
function reportClosed(address: string): void {
  if (closed.push(address) === 1) setTimeout(() => tell({ type: "closed", addresses: closed.splice(0) }), togetherMs);
}

/** What is not answered before this process ends is refused by the primary when it sees the end. */
async function answer(asked: Asked): Promise<void> {
  if (worker !== null) tell({ type: "answer", id: asked.id, answer: await worker.answer(asked) });
}

function turnAway(socket: Socket | undefined, address: string): void {
  socket?.destroy();
  reportClosed(address);
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
