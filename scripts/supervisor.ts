import { type ChildProcess, spawn } from "node:child_process";
import { AppError } from "#lib/app-error.ts";
import { type Ports, portNames } from "#scripts/ports-file.ts";
import { root } from "#scripts/project.mjs";

export type Program = {
  /** As people call it in a sentence: "console", "sensor". */
  name: string;
  /** Absolute, or relative to the checkout. */
  script: string;
  /** Asked again at every start, so that a restarted program gets the ports it had. */
  environment(): NodeJS.ProcessEnv;
};

export type Child = {
  /** Resolves with the ports once the program serves; throws its own sentence when it cannot. */
  start(): Promise<Ports>;
  /** Ends the program at once and starts it again; for changed sources. */
  restart(): void;
  /** SIGTERM, and SIGKILL for one that does not end; resolves when nothing runs any more, whatever the state was. */
  stop(): Promise<void>;
};

export type Patience = {
  readyWithinMs: number;
  stopWithinMs: number;
  firstDelayMs: number;
  longestDelayMs: number;
  /** A program that served this long is trusted again: its next restart is a quick one. */
  steadyAfterMs: number;
};

export const patience: Patience = {
  readyWithinMs: 60_000,
  stopWithinMs: 30_000,
  firstDelayMs: 500,
  longestDelayMs: 30_000,
  steadyAfterMs: 60_000,
};

/** Runs one program for as long as the product runs: what ends by itself after it served is started again with back-off. */
export function superviseChild(program: Program, limits: Patience = patience): Child {
  let current: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let isRestarting = false;
  let failures = 0;

  async function run(): Promise<Ports> {
    if (isStopped) throw new AppError("child.stopped", `The ${program.name} is being stopped.`);
    const child = spawnProgram(program);
    current = child;
    const ports = await becomeReady(program, child, limits.readyWithinMs);
    const readyAt = Date.now();
    child.once("exit", (code, signal) => {
      if (Date.now() - readyAt >= limits.steadyAfterMs) failures = 0;
      runAgain(`The ${program.name} ended (${signal ?? `exit code ${code}`}).`);
    });
    return ports;
  }

  function runAgain(sentence: string): void {
    if (isStopped) return;
    const delayMs = isRestarting ? 0 : Math.min(limits.firstDelayMs * 2 ** failures++, limits.longestDelayMs);
    if (!isRestarting) console.error(`${sentence} Starting it again in ${delayMs / 1000} s.`);
    isRestarting = false;
    timer = setTimeout(tryAgain, delayMs);
  }

  function tryAgain(): void {
    run().catch((error: Error) => runAgain(error.message));
  }

  return {
    start: run,
    restart() {
      isRestarting = isRunning(current);
      if (isRestarting) current?.kill("SIGTERM");
      else timer?.refresh();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      if (current) await end(current, limits.stopWithinMs);
    },
  };
}

// A process group of its own keeps Ctrl-C from reaching the program; the IPC channel's end tells it when we die.
function spawnProgram(program: Program): ChildProcess {
  return spawn(process.execPath, [program.script], {
    cwd: root,
    env: program.environment(),
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    detached: true,
  });
}

function becomeReady(program: Program, child: ChildProcess, withinMs: number): Promise<Ports> {
  return new Promise((resolve, reject) => {
    let sentence: string | undefined;
    const fail = (reason: string) => reject(new AppError("child.failed", sentence ?? `The ${program.name} ${reason}.`));
    const deadline = setTimeout(() => {
      sentence = `The ${program.name} was not ready within ${withinMs / 1000} s.`;
      child.kill("SIGKILL");
    }, withinMs);
    child.on("message", (message) => {
      if (isReady(message)) resolve(portsOf(message));
      else if (isFatal(message)) sentence = message.message;
      if (isReady(message)) clearTimeout(deadline);
    });
    child.once("error", (error) => fail(`cannot be started (${error.message})`));
    child.once("exit", (code, signal) => {
      clearTimeout(deadline);
      fail(`ended (${signal ?? `exit code ${code}`}) before it was ready`);
    });
  });
}

function isReady(message: unknown): message is { type: "ready"; ports: object } {
  const { type, ports } = Object(message);
  return type === "ready" && typeof ports === "object" && ports !== null;
}

function isFatal(message: unknown): message is { type: "fatal"; message: string } {
  const { type, message: sentence } = Object(message);
  return type === "fatal" && typeof sentence === "string";
}

function portsOf({ ports }: { ports: object }): Ports {
  const given = new Map<string, unknown>(Object.entries(ports));
  return Object.fromEntries(portNames.flatMap((name) => (typeof given.get(name) === "number" ? [[name, given.get(name)]] : [])));
}

async function end(child: ChildProcess, withinMs: number): Promise<void> {
  if (!isRunning(child)) return;
  await new Promise<void>((resolve) => {
    const deadline = setTimeout(() => child.kill("SIGKILL"), withinMs);
    child.once("exit", () => {
      clearTimeout(deadline);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

function isRunning(child: ChildProcess | undefined): boolean {
  return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
