import { spawn } from "node:child_process";
import { root } from "#scripts/project.mjs";

/** A step that cannot be made; `message` is for the person at the terminal. */
export class StepFailed extends Error {}

/** The person asked to stop while a step was running. */
export class Interrupted extends Error {}

/** What a person or a service manager sends to end a program. */
export const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs `work`, which answers the exit code, as this whole process. A signal aborts it and is answered with `interruptedCode`;
 * a failed step is said in its one sentence (1).
 */
export async function perform(work, { interruptedCode = 0 } = {}) {
  const interrupt = new AbortController();
  for (const signal of stopSignals) process.on(signal, () => interrupt.abort());
  try {
    process.exitCode = await work(interrupt.signal);
  } catch (error) {
    process.exitCode = error instanceof Interrupted ? interruptedCode : 1;
    if (!(error instanceof Interrupted)) console.error(error instanceof StepFailed ? error.message : error);
  }
}

/**
 * Runs a command of a preparing step quietly; what it printed is shown only when it fails.
 * The command has a process group of its own, so that an abort ends its workers too.
 */
export function runQuietly(command, args, { signal, env = {}, failure }) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new Interrupted());
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const printed = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => printed.push(data));
    const abort = () => endGroup(child);
    signal?.addEventListener("abort", abort);
    child.once("error", (error) => reject(new StepFailed(`${failure} (${error.message})`)));
    child.once("close", (code) => {
      signal?.removeEventListener("abort", abort);
      if (signal?.aborted) return reject(new Interrupted());
      if (code === 0) return resolve(Buffer.concat(printed).toString());
      process.stderr.write(Buffer.concat(printed));
      reject(new StepFailed(failure));
    });
  });
}

function endGroup(child) {
  try {
    process.kill(-child.pid, "SIGTERM");
  } catch {
    // It has ended by itself.
  }
}
