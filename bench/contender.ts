import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import type { BenchPki } from "#bench/bench-pki.ts";
import { childEnvironment } from "#lib/env.ts";

/** A proxy that runs on the first core, with mTLS on both sides. */
export type Running = { port: number; pids(): number[]; stop(): Promise<void> };

export type Setting = { pki: BenchPki; folder: string; originPort: number; port: number };

export type Contender = {
  name: string;
  /** Null: it is not installed. */
  version(): string | null;
  start(setting: Setting): Promise<Running>;
};

/** What a program says of its version, null where there is no such program. */
export function versionOf(program: string, args: string[], pattern: RegExp): string | null {
  const { stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  return error ? null : (pattern.exec(stdout + stderr)?.[1] ?? "unknown");
}

/** Starts a proxy on the first core and waits until its port answers. */
export async function startPinned(command: string[], port: number, variables: Record<string, string> = {}): Promise<Running> {
  const child = spawn("taskset", ["-c", "0", ...command], { env: childEnvironment(variables), stdio: ["ignore", "ignore", "inherit"] });
  await awaitPort(port, child);
  return {
    port,
    pids: () => familyOf(child.pid ?? 0),
    async stop() {
      child.kill("SIGTERM");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

/** A process with all that descend from it. */
export function familyOf(pid: number): number[] {
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid);
  return [pid, ...children.flatMap(familyOf)];
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0;
  }
}

async function awaitPort(port: number, child: ChildProcess): Promise<void> {
  for (const started = Date.now(); Date.now() - started < 10_000 && child.exitCode === null; ) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      socket.destroy();
    }
  }
  throw new Error("A contender does not answer.");
}
