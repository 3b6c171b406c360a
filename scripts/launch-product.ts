import { watch } from "node:fs";
import { join } from "node:path";
import { consoleUrl } from "#lib/console/console-url.ts";
import { childEnvironment, type Environment, readEnvironment } from "#lib/env.ts";
import { ensureConsoleSecret } from "#lib/store/console-secret.ts";
import { ensureKeyring, openKeyring } from "#lib/store/keyring.ts";
import { lockDataFolder } from "#lib/store/lock.ts";
import { migrateDatabases } from "#lib/store/migrate.ts";
import { type ConsoleStore, openConsoleStore } from "#lib/store/store.ts";
import { type Ports, removePortsFile, writePortsFile } from "#scripts/ports-file.ts";
import { root } from "#scripts/project.mjs";
import { type Child, patience, superviseChild } from "#scripts/supervisor.ts";

type Children = { console?: Child; sensor?: Child };

type Scripts = { console: string; sensor: string };

/**
 * Makes the data folder ready, then runs console and sensor, or the one that was asked for, until SIGINT, SIGTERM or the death of whoever started us.
 * Resolves after a clean stop; throws an AppError with one sentence when the product cannot start.
 */
export async function launchProduct(given?: Scripts): Promise<void> {
  const stopRequest = awaitStopRequest();
  const environment = readEnvironment();
  const { dataDir, program } = environment;
  const scripts = given ?? productScripts(environment);
  const lock = lockDataFolder(dataDir, program);
  // Of two launchers on one folder neither knows the other's ports.
  const ports: Ports = {};
  if (!program) removePortsFile(dataDir);
  const setupToken = await prepareData(environment);
  const children = createChildren(scripts, environment, ports);
  try {
    await Promise.race([stopRequest, startChildren(environment, children, ports, setupToken)]);
    await stopRequest;
  } finally {
    if (!program) removePortsFile(dataDir);
    await Promise.all(Object.values(children).map((child) => child.stop()));
    lock.release();
  }
}

/** The two programs of the product, relative to the checkout; the sensor from its build where there is one. */
export function productScripts({ sensorBuild }: Pick<Environment, "sensorBuild">): Scripts {
  return { console: "lib/console/server.ts", sensor: sensorBuild === undefined ? "sensor/main.ts" : join(sensorBuild, "main.mjs") };
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
async function prepareData({ dataDir, secretsKeyFile, firstAdmin, program }: Environment): Promise<string | null> {
  // A database without its keyring is left as it is: the version that it was used with may be wanted again.
  const judgeKeys = (keyIds: string[]) => keyIds.length > 0 && openKeyring(secretsKeyFile, keyIds);
  migrateDatabases(dataDir, { only: program, ...(program === "console" ? {} : { judgeKeys }) });
  const store = openConsoleStore(dataDir);
  try {
    if (program !== "console") await ensureKeyring(store, secretsKeyFile);
    if (program === "sensor") return null;
    ensureConsoleSecret(dataDir);
    return await admitFirstAdmin(store, firstAdmin);
  } finally {
    store.close();
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
function createChildren(scripts: Scripts, environment: Environment, ports: Ports): Children {
  const shared = () => ({
    DATA_DIR: environment.dataDir,
    ADMIN_EMAIL: undefined,
    ADMIN_PASSWORD: undefined,
    ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
  });
  const child = {
    console: () =>
      superviseChild({
        name: "console",
        script: scripts.console,
        environment: () => childEnvironment({ ...shared(), SECRETS_KEY_FILE: undefined }),
      }),
    sensor: () =>
      superviseChild(
        {
          name: "sensor",
          script: scripts.sensor,
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
  const { program } = environment;
  return program ? { [program]: child[program]() } : { console: child.console(), sensor: child.sensor() };
}

// The sensor must know the console's port, which no origin may point at: where it is any free one, the console goes first.
async function startChildren(environment: Environment, children: Children, ports: Ports, setupToken: string | null): Promise<void> {
  const serve = async (child: Child | undefined) => Object.assign(ports, await child?.start());
  if (environment.consolePort === 0) await serve(children.console).then(() => serve(children.sensor));
  else await Promise.all([serve(children.console), serve(children.sensor)]);
  if (!environment.program) writePortsFile(environment.dataDir, ports);
  if (environment.isDevelopment && children.sensor) restartOnChange(children.sensor);
  console.log(greeting(environment, ports));
  if (setupToken !== null) console.log(invitation(environment, ports, setupToken));
}

function greeting(environment: Environment, ports: Ports): string {
  const traffic = `HTTP on port ${ports.SENSOR_HTTP_PORT}, HTTPS on port ${ports.SENSOR_HTTPS_PORT}`;
  if (environment.program === "sensor") return `Tessera's sensor is ready (traffic: ${traffic}; Ctrl-C stops it).`;
  const url = consoleUrl(environment, ports.CONSOLE_PORT ?? environment.consolePort, new Date());
  if (environment.program === "console") return `Tessera's console is ready: open ${url} (Ctrl-C stops it).`;
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
