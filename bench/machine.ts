import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";

/** What the figures were taken on; without it they say nothing. */
export type Machine = { cpu: string; cores: number; memoryGb: number; kernel: string; node: string };

export function describeMachine(): Machine {
  const memoryGb = Math.round(totalmem() / 1_073_741_824);
  return { cpu: cpus()[0]?.model ?? "unknown", cores: availableParallelism(), memoryGb, kernel: release(), node: process.version };
}

/** User and system time of processes in seconds; a clock tick is 10 ms on Linux (proc(5)). */
export function cpuSecondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (Number(statOf(pid)[11]) + Number(statOf(pid)[12])) / 100, 0);
}

/** Resident memory of processes together in megabytes (shared pages are counted for each). */
export function residentMbOf(pids: readonly number[]): number {
  const pages = pids.map((pid) => Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]));
  return pages.reduce((sum, count) => sum + (count * 4_096) / 1_048_576, 0);
}

/** The fields of `stat` behind the process's name, which may hold anything. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
