import { readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * What a process holds: objects and buffers in use and memory as the system counts it, in MB; open files of any kind, and
 * sockets among them.
 */
export type ProcessSize = { inUseMb: number; memoryMb: number; files: number; sockets: number };

/** For NODE_OPTIONS of processes that are to be measured. */
export const measurable = `--import=${path.join(import.meta.dirname, "heap-probe.ts")}`;

/** Where the process with this id says what it has in use. */
export function heapFile(pid: number): string {
  return path.join(tmpdir(), `tessera-heap-${pid}`);
}

/** Reads Linux's /proc and asks the process, which was started with `measurable`. Rejects when it is gone. */
export async function sizeOf(pid: number): Promise<ProcessSize> {
  const file = heapFile(pid);
  rmSync(file, { force: true });
  process.kill(pid, "SIGUSR2");
  let inUse: number | null = null;
  for (let tries = 0; inUse === null && tries < 300; tries += 1) {
    await sleep(100);
    inUse = readNumber(file);
  }
  if (inUse === null) throw new Error(`process ${pid} does not say what it has in use`);
  rmSync(file);
  const resident = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  const files = openFiles(pid);
  return {
    inUseMb: Math.round(inUse / 104_857.6) / 10,
    memoryMb: Math.round(Number(resident ?? 0) / 1_024),
    files: files.length,
    sockets: files.filter(isSocket).length,
  };
}

/** How many sockets the process has open. */
export function countSockets(pid: number): number {
  return openFiles(pid).filter(isSocket).length;
}

/** What each descriptor is; a file may be closed while the list is read. */
function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${name}`)];
    } catch {
      return [];
    }
  });
}

function isSocket(target: string): boolean {
  return target.startsWith("socket:");
}

function readNumber(file: string): number | null {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}
