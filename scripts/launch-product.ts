import { watch } from "node:fs";
import { join } from "node:path";
import { childEnvironment, type Environment, readEnvironment } from "#lib/env.ts";
import { ensureKeyring, sealingKeyText } from "#lib/store/keyring.ts";
import { lockDataFolder } from "#lib/store/lock.ts";
import { migrateDatabases } from "#lib/store/migrate.ts";
import { openConsoleStore } from "#lib/store/store.ts";
import { type Ports, removePortsFile, writePortsFile } from "#scripts/ports-file.ts";
import { root } from "#scripts/project.mjs";
import { type Child, patience, superviseChild } from "#scripts/supervisor.ts";

type Children = { console: Child; sensor: Child };

/** The two programs of the product, relative to the checkout. */
const productScripts = { console: "lib/console/server.ts", sensor: "sensor/main.ts" };

/**
 * Makes the data folder ready, then runs console and sensor until SIGINT, SIGTERM or the death of whoever started us.
 * Resolves after a clean stop; throws an AppError with one sentence when the product cannot start.
 */
export async function launchProduct(scripts = productScripts): Promise<void> {
  const stopRequest = awaitStopRequest();
  const environment = readEnvironment();
  const lock = lockDataFolder(environment.dataDir);
  removePortsFile(environment.dataDir);
  const ports: Ports = {};
  const children = createChildren(scripts, environment, await prepareData(environment), ports);
  try {
    await Promise.race([stopRequest, startChildren(environment, children, ports)]);
    await stopRequest;
  } finally {
    removePortsFile(environment.dataDir);
    await Promise.all([children.console.stop(), children.sensor.stop()]);
    lock.release();
  }
}

function awaitStopRequest(): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ["SIGINT", "SIGTERM", "SIGHUP", "disconnect"]) process.on(event, () => resolve());
  });
}

/** Brings the databases and the keyring up to date; answers what the console seals private keys for. */
async function prepareData({ dataDir, secretsKeyFile }: Environment): Promise<string> {
  migrateDatabases(dataDir);
  const store = openConsoleStore(dataDir);
  try {
    const { current } = await ensureKeyring(store, secretsKeyFile);
    return sealingKeyText(current);
  } finally {
    store.close();
  }
}

// The keyring opens every stored private key: the console, which talks to browsers, is not even told where it lies.
function createChildren(scripts: typeof productScripts, environment: Environment, sealingKey: string, ports: Ports): Children {
  const shared = () => ({
    DATA_DIR: environment.dataDir,
    ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
  });
  return {
    console: superviseChild({
      name: "console",
      script: scripts.console,
      environment: () => childEnvironment({ ...shared(), SECRETS_PUBLIC_KEY: sealingKey, SECRETS_KEY_FILE: undefined }),
    }),
    sensor: superviseChild(
      {
        name: "sensor",
        script: scripts.sensor,
        environment: () =>
          childEnvironment({
            ...shared(),
            SECRETS_KEY_FILE: environment.secretsKeyFile,
            SECRETS_PUBLIC_KEY: undefined,
            TESSERA_PRODUCT_PORTS: String(ports.CONSOLE_PORT ?? environment.consolePort),
          }),
      },
      { ...patience, stopWithinMs: environment.sensorTimeouts.drainMs + 10_000 },
    ),
  };
}

// The sensor must know the console's port, which no origin may point at: where it is any free one, the console goes first.
async function startChildren(environment: Environment, children: Children, ports: Ports): Promise<void> {
  const serve = async (child: Child) => Object.assign(ports, await child.start());
  if (environment.consolePort === 0) await serve(children.console).then(() => serve(children.sensor));
  else await Promise.all([serve(children.console), serve(children.sensor)]);
  writePortsFile(environment.dataDir, ports);
  if (environment.isDevelopment) restartOnChange(children.sensor);
  console.log(greeting(environment, ports));
}

function greeting({ consoleHost }: Environment, ports: Ports): string {
  const host = consoleHost.includes(":") ? `[${consoleHost}]` : consoleHost;
  const traffic = `HTTP on port ${ports.SENSOR_HTTP_PORT}, HTTPS on port ${ports.SENSOR_HTTPS_PORT}`;
  return `Tessera is ready: open http://${host}:${ports.CONSOLE_PORT} (traffic: ${traffic}; Ctrl-C stops it).`;
}

// Not `node --watch`: under it the sensor would outlive a launcher that was killed.
function restartOnChange(sensor: Child): void {
  let timer: NodeJS.Timeout | undefined;
  for (const folder of ["sensor", "lib"]) {
    watch(join(root, folder), { recursive: true }, (_, file) => {
      if (file?.endsWith(".test.ts")) return;
      clearTimeout(timer);
      timer = setTimeout(() => sensor.restart(), 200);
    }).unref();
  }
}
