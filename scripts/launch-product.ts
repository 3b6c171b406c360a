import { watch } from "node:fs";
import { join } from "node:path";
import { consoleUrl } from "#lib/console/console-url.ts";
import { childEnvironment, type Environment, readEnvironment } from "#lib/env.ts";
import { ensureConsoleSecret } from "#lib/store/console-secret.ts";
import { ensureKeyring, openKeyring } from "#lib/store/keyring.ts";
import { lockDataFolder } from "#lib/store/lock.ts";
import { migrateDatabases } from "#lib/store/migrate.ts";
import { shareDataFolder } from "#lib/store/shared-folder.ts";
import { type ConsoleStore, openConsoleStore } from "#lib/store/store.ts";
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
  const setupToken = await prepareData(environment);
  const children = createChildren(scripts, environment, ports);
  try {
    await Promise.race([stopRequest, startChildren(environment, children, ports, setupToken)]);
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

/**
 * Brings the databases and both key files up to date; the keyring's public half goes to the console by the database.
 * Answers the token of a new set-up link as long as nobody has an account.
 */
async function prepareData({ dataDir, secretsKeyFile, firstAdmin, systemUsers }: Environment): Promise<string | null> {
  // A database without its keyring is left as it is: the version that it was used with may be wanted again.
  migrateDatabases(dataDir, new Date(), (keyIds) => keyIds.length > 0 && openKeyring(secretsKeyFile, keyIds));
  const store = openConsoleStore(dataDir);
  try {
    await ensureKeyring(store, secretsKeyFile);
    ensureConsoleSecret(dataDir);
    return await admitFirstAdmin(store, firstAdmin);
  } finally {
    store.close();
    if (systemUsers) shareDataFolder(dataDir, secretsKeyFile, systemUsers);
  }
}

async function admitFirstAdmin({ accounts }: ConsoleStore, firstAdmin: Environment["firstAdmin"]): Promise<string | null> {
  const authorship = { author: "launcher", address: null, now: new Date() };
  if (firstAdmin && !(await accounts.hasAny())) {
    const { hashPassword } = await import("#lib/store/authenticator.ts");
    await accounts.setup.addFirstAdmin({ email: firstAdmin.email, passwordHash: await hashPassword(firstAdmin.password) }, authorship);
  }
  return accounts.setup.renewLink(authorship);
}

// The keyring opens every stored private key: the console, which talks to browsers, is not even told where it lies.
function createChildren(scripts: typeof productScripts, environment: Environment, ports: Ports): Children {
  const shared = () => ({
    DATA_DIR: environment.dataDir,
    ADMIN_EMAIL: undefined,
    ADMIN_PASSWORD: undefined,
    CONSOLE_USER: undefined,
    SENSOR_USER: undefined,
    ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
  });
  return {
    console: superviseChild({
      name: "console",
      script: scripts.console,
      user: environment.systemUsers?.console,
      environment: () => childEnvironment({ ...shared(), SECRETS_KEY_FILE: undefined }),
    }),
    sensor: superviseChild(
      {
        name: "sensor",
        script: scripts.sensor,
        user: environment.systemUsers?.sensor,
        environment: () =>
          childEnvironment({
            ...shared(),
            SECRETS_KEY_FILE: environment.secretsKeyFile,
            TESSERA_PRODUCT_PORTS: String(ports.CONSOLE_PORT ?? environment.consolePort),
          }),
      },
      { ...patience, stopWithinMs: environment.sensorTimeouts.drainMs + 10_000 },
    ),
  };
}

// The sensor must know the console's port, which no origin may point at: where it is any free one, the console goes first.
async function startChildren(environment: Environment, children: Children, ports: Ports, setupToken: string | null): Promise<void> {
  const serve = async (child: Child) => Object.assign(ports, await child.start());
  if (environment.consolePort === 0) await serve(children.console).then(() => serve(children.sensor));
  else await Promise.all([serve(children.console), serve(children.sensor)]);
  writePortsFile(environment.dataDir, ports);
  if (environment.isDevelopment) restartOnChange(children.sensor);
  console.log(greeting(environment, ports));
  if (setupToken !== null) console.log(invitation(environment, ports, setupToken));
}

function greeting(environment: Environment, ports: Ports): string {
  const url = consoleUrl(environment, ports.CONSOLE_PORT ?? environment.consolePort, new Date());
  const traffic = `HTTP on port ${ports.SENSOR_HTTP_PORT}, HTTPS on port ${ports.SENSOR_HTTPS_PORT}`;
  return `Tessera is ready: open ${url} (traffic: ${traffic}; Ctrl-C stops it).`;
}

function invitation(environment: Environment, ports: Ports, setupToken: string): string {
  const url = consoleUrl(environment, ports.CONSOLE_PORT ?? environment.consolePort, new Date());
  return `Nobody has an account yet. Within an hour, make yours with this one-time link: ${url}/setup#${setupToken}`;
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
