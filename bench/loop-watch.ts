import { renameSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

/**
 * Loaded into each process of a sensor by `NODE_OPTIONS=--import=URL?folder=FOLDER`: watches the process's event loop, and at
 * SIGUSR2 writes what was seen since the last one to `FOLDER/PID.json`.
 */

/** Milliseconds: the latest turn of a timer of 1 ms, by the clock and in CPU time of the loop's thread alone. */
export type LoopStall = { wallMs: number; cpuMs: number };

const folder = new URL(import.meta.url).searchParams.get("folder");
if (isMainThread && folder !== null) watch(folder);

/** The CPU time tells a stall of the process's own making from one in which the machine did other work. */
function watch(to: string): void {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let before = cpuMs();
  let longest = 0;
  setInterval(() => {
    const now = cpuMs();
    longest = Math.max(longest, now - before);
    before = now;
  }, 1).unref();
  process.on("SIGUSR2", () => {
    const file = `${to}/${process.pid}.json`;
    const stall: LoopStall = { wallMs: delay.max / 1_000_000, cpuMs: longest };
    writeFileSync(`${file}.new`, JSON.stringify(stall));
    renameSync(`${file}.new`, file);
    delay.reset();
    before = cpuMs();
    longest = 0;
  });
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
