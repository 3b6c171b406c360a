import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Interrupted } from "#scripts/command.mjs";

/**
 * Runs `work` while no other process of this machine does the same under `file`; a lock whose holder died is taken over.
 *
 * @template T
 * @param {string} file
 * @param {{ signal?: AbortSignal; onWait?: (holder: number | undefined) => void }} options
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, { signal, onWait }, work) {
  mkdirSync(dirname(file), { recursive: true });
  for (let tries = 0; !take(file); tries++) {
    if (tries === 5) onWait?.(holderOf(file));
    if (signal?.aborted) throw new Interrupted();
    await wait(100);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file) {
  if (create(file)) return true;
  if (!isAbandoned(file)) return false;
  // Two waiters may both see the dead holder: only the one that makes this second file may clear the first.
  const breaking = `${file}.breaking`;
  if (!create(breaking)) {
    if (ageMs(breaking) > 10_000) rmSync(breaking, { force: true });
    return false;
  }
  if (isAbandoned(file)) rmSync(file, { force: true });
  const isTaken = create(file);
  rmSync(breaking, { force: true });
  return isTaken;
}

function create(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

// An empty file is one whose holder is between making and writing it, unless it stays so.
function isAbandoned(file) {
  const holder = holderOf(file);
  return holder === undefined ? ageMs(file) > 10_000 : !isAlive(holder);
}

function holderOf(file) {
  try {
    return Number(readFileSync(file, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}

function ageMs(file) {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}

/** Whether a process with this id runs, whoever owns it. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
