import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import next from "next";
import { AppError } from "#lib/app-error.ts";
import { type CertificateFiles, followConsoleCertificate, readConsoleCertificate } from "#lib/console/certificate.ts";
import { closeFrontDoor, createFrontDoor } from "#lib/console/front-door.ts";
import { openInnerServer } from "#lib/console/inner-server.ts";
import type { Listener } from "#lib/console/listener.ts";
import { blameSender } from "#lib/console/malformed-action.ts";
import { createPackedFiles } from "#lib/console/packed-files.ts";
import { createSetupGate } from "#lib/console/setup-gate.ts";
import { pathHeader } from "#lib/console/sign-in-path.ts";
import { consoleStore } from "#lib/console/store.ts";
import { type Environment, isLoopback, readEnvironment, setInnerOrigin } from "#lib/env.ts";
import { createLogger } from "#lib/log.ts";

// The console's process: Next behind the front door. It tells the launcher over IPC when it serves, or why it cannot.
const log = createLogger("console", undefined, 100);
const root = join(import.meta.dirname, "../..");

let stop = async () => {};
// Also while it starts, and when the launcher is gone: a console nobody supervises must not keep the port.
for (const event of ["SIGTERM", "SIGINT", "disconnect"]) process.once(event, () => stop().finally(() => process.exit(0)));

try {
  await serve(readEnvironment());
} catch (error) {
  fail(error);
}

async function serve(environment: Environment): Promise<void> {
  refuseWithoutBuild(environment);
  const { consoleTls, consoleUrl, consoleTrustedProxies, consoleHost, consoleBuild, isDevelopment } = environment;
  const isHeldBack = createSetupGate(() => consoleStore().accounts.hasAny());
  const sendPacked = consoleBuild === undefined ? () => false : createPackedFiles(join(root, consoleBuild, "static"));
  const { promise: prepared, resolve: open } = Promise.withResolvers<ReturnType<typeof next>>();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    blameSender(request, response, log);
    await (await prepared).getRequestHandler()(request, response);
  };
  const onError = (error: unknown) => log.error({ err: error }, "a request failed");
  const inner = await openInnerServer(answer, onError);
  setInnerOrigin(inner.origin);
  // Next adds its listener for upgrades to the server it is given; this one hears what the front door lets in.
  const upgrades = createServer();
  const door = createFrontDoor({
    url: consoleUrl,
    trustedProxies: consoleTrustedProxies,
    certificate: consoleTls && readConsoleCertificate(consoleTls, new Date()),
    isDevelopment,
    answer: async (request, response) => {
      if ((await isHeldBack(request, response)) || sendPacked(request, response)) return;
      request.headers[pathHeader] = request.url;
      inner.vouch(request);
      await answer(request, response);
    },
    upgrade: isDevelopment ? async (request, socket, head) => void upgrades.emit("upgrade", request, socket, head) : undefined,
    onError,
  });
  const port = await listen(door.server, environment);
  if (consoleTls) followRenewals(consoleTls, door);
  const app = next({ dev: isDevelopment, dir: root, hostname: consoleHost, port, httpServer: upgrades, quiet: true });
  await app.prepare();
  open(app);
  const audits = setInterval(auditFailures, 60_000);
  stop = async () => {
    clearInterval(audits);
    await Promise.all([closeFrontDoor(door.server), closeFrontDoor(inner.server)]);
    await app.close();
  };
  process.send?.({ type: "ready", ports: { CONSOLE_PORT: port } });
  log.info({ port }, "the console serves");
}

/** What was counted in the minutes that are over goes to the audit log also when nobody tries again. */
function auditFailures(): void {
  consoleStore()
    .accounts.attempts.audit(new Date())
    .catch((error) => log.error({ err: error }, "failed sign-ins could not be written to the audit log"));
}

function refuseWithoutBuild({ isDevelopment, consoleBuild }: Environment): void {
  if (isDevelopment || (consoleBuild !== undefined && existsSync(join(root, consoleBuild, "BUILD_ID")))) return;
  throw new AppError("console.no-build", "The console has not been built: start it with npm start.");
}

async function listen(server: Server, { consoleHost, consolePort, consoleTls, consoleUrl }: Environment): Promise<number> {
  try {
    server.listen(consolePort, consoleHost);
    await once(server, "listening");
  } catch (cause) {
    throw cannotListen(cause, consoleHost, consolePort);
  }
  const { address, port } = server.address() as AddressInfo;
  // The name localhost may lead anywhere; what counts is where it led.
  if (isLoopback(address) || consoleTls !== undefined || consoleUrl !== undefined) return port;
  server.close();
  throw new AppError(
    "environment.invalid",
    `CONSOLE_HOST leads to ${address}; allowed: an address of this machine alone (127.0.0.1, ::1).`,
  );
}

function cannotListen(cause: unknown, host: string, port: number): AppError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  const reason =
    code === "EADDRINUSE"
      ? `Port ${port} on ${host} is in use: stop what uses it, or set CONSOLE_PORT to another port (0 takes any free one).`
      : `The console cannot listen on ${host} port ${port} (${code}): set CONSOLE_HOST or CONSOLE_PORT.`;
  return new AppError("console.cannot-listen", reason, { cause });
}

function followRenewals(files: CertificateFiles, door: Listener): void {
  followConsoleCertificate(files, {
    onRenewed: (certificate) => {
      door.renew(certificate);
      log.info({ notAfter: certificate.leaf.notAfter }, "the console's certificate was renewed");
    },
    onProblem: (error) => log.error({ err: error }, "the console's certificate changed and cannot be used; the one before goes on serving"),
  });
}

/** One sentence for the launcher to say; what is not ours to explain keeps its stack in the log. */
function fail(error: unknown): void {
  const message = error instanceof AppError ? error.message : `The console cannot start: ${error}`;
  if (!(error instanceof AppError && process.send)) log.fatal({ err: error }, message);
  const leave = () => process.exit(1);
  if (process.send) process.send({ type: "fatal", message }, undefined, undefined, leave);
  else leave();
}
