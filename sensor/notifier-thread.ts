import { parentPort, workerData } from "node:worker_threads";
import { readEnvironment } from "#lib/env.ts";
import { createLogger } from "#lib/log.ts";
import { openSensorStore } from "#lib/store/store.ts";
import { createCourier } from "#sensor/courier.ts";
import { createDialer } from "#sensor/dialer.ts";
import { createExpirySweep } from "#sensor/expiry-sweep.ts";
import { openKeyringFile } from "#sensor/keyring-file.ts";
import type { Ports } from "#sensor/messages.ts";
import { repeat } from "#sensor/repeat.ts";
import { createWebhookCaller } from "#sensor/webhook.ts";

const { ports }: { ports: Ports } = workerData;
const environment = readEnvironment();
const log = createLogger("sensor").child({ thread: "notifier" });
const store = openSensorStore(environment.dataDir);
const dialer = createDialer({
  originAllow: environment.originAllow,
  productPorts: () => [...environment.productPorts, ...Object.values(ports)],
});
const keyrings = openKeyringFile(environment.secretsKeyFile, log);
const courier = createCourier({ store, keyrings, call: createWebhookCaller({ dialer }), log });
const sweep = createExpirySweep({ store, log, onExpiries: (expiries) => parentPort?.postMessage(expiries) });
let fault: string | null = null;
let isClosing = false;

let looking: Promise<void> = Promise.resolve();
const stop = repeat(() => {
  looking = look();
  return looking;
}, 1_000);
parentPort?.once("message", close);

/** A database that cannot be used now is tried again; its fault is said once. */
async function look(): Promise<void> {
  if (isClosing) return;
  try {
    await sweep();
    await courier.round();
    fault = null;
  } catch (failure) {
    const message = failure instanceof Error ? failure.message : String(failure);
    if (message !== fault) log.warn({ err: failure }, "certificates that run out cannot be looked at");
    fault = message;
  }
}

async function close(): Promise<void> {
  isClosing = true;
  stop();
  await courier.stop();
  await looking;
  store.close();
  parentPort?.close();
}
