import { AppError } from "#lib/app-error.ts";
import { readEnvironment } from "#lib/env.ts";
import { openKeyring } from "#lib/store/keyring.ts";
import manifest from "#package.json" with { type: "json" };
import { startNotifier } from "#sensor/notifier.ts";
import { type Sensor, startSensor } from "#sensor/sensor.ts";
import { createSensorLog } from "#sensor/sensor-log.ts";
import { createStoreWriter } from "#sensor/store-writer.ts";
import { createWorkerProcesses } from "#sensor/worker-process.ts";

const log = createSensorLog();

try {
  const sensor = await start();
  process.send?.({ type: "ready", ports: sensor.ports });
  log.info({ ports: sensor.ports, isReady: sensor.isReady() }, "sensor listening");
} catch (failure) {
  fail(failure);
}

async function start(): Promise<Sensor> {
  const environment = readEnvironment();
  const store = createStoreWriter({ dataDir: environment.dataDir, ledgerDays: environment.ledgerDays, log });
  // The workers and the notifier use it; a file that cannot be used is said before any of them starts.
  openKeyring(environment.secretsKeyFile);
  const sensor = await startSensor({
    dataDir: environment.dataDir,
    store,
    ledger: store.ledger,
    log,
    version: manifest.version,
    host: environment.sensorHost,
    ports: { http: environment.sensorHttpPort, https: environment.sensorHttpsPort, admin: environment.sensorAdminPort },
    workers: environment.sensorWorkers,
    limits: environment.sensorLimits,
    drainMs: environment.sensorTimeouts.drainMs,
    hireFor: createWorkerProcesses,
  });
  const notifier = startNotifier({ ports: sensor.ports, log, onExpiries: sensor.expire });
  stopWhenAsked(sensor, async () => {
    await Promise.all([notifier.close(), store.close()]);
  });
  return sensor;
}

/** SIGTERM and SIGINT drain, and so does the launcher's end: a sensor nobody supervises must not keep the ports. */
function stopWhenAsked(sensor: Sensor, close: () => Promise<void>): void {
  let isStopping = false;
  const stop = async (reason: string) => {
    if (isStopping) return;
    isStopping = true;
    log.info({ reason }, "draining");
    await sensor.drain();
    await close();
    process.exit(0);
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
  process.on("disconnect", () => stop("the launcher is gone"));
}

/** One sentence to the launcher and to the log; what is not ours to explain keeps its stack. */
function fail(failure: unknown): void {
  const message = failure instanceof AppError ? failure.message : `The sensor cannot start: ${String(failure)}`;
  if (failure instanceof AppError) log.fatal(message);
  else log.fatal({ err: failure }, message);
  process.exitCode = 1;
  if (process.send === undefined) process.exit();
  process.send({ type: "fatal", message }, () => process.exit());
}
