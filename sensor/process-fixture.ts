import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { childEnvironment } from "#lib/env.ts";
import type { Ports } from "#sensor/messages.ts";
import { createSites, type SavedSites } from "#sensor/sites-fixture.ts";

export type SensorProcess = {
  readonly dataDir: string;
  readonly sites: SavedSites;
  readonly child: ChildProcess;
  /** The first thing it said. */
  readonly message: { type: "ready" | "fatal"; message?: string; ports: Ports };
  /** How long that took from the start of the process. */
  readonly readyMs: number;
  /** Each line it logged so far. */
  readonly log: Record<string, unknown>[];
  /** The process ids of its workers; Linux tells them. */
  workers(): number[];
  /** Resolves with the exit code, null after a signal. */
  readonly exited: Promise<number | null>;
  /** Ends it as the launcher would and starts it again on the same ports. */
  restart(whileStopped?: () => void): Promise<SensorProcess>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** The sensor as the launcher starts it, workers and all, over a data folder of its own; from its sources unless told. */
export async function startSensorProcess(
  changes: Record<string, string> = {},
  prepare: (dataDir: string) => void = () => {},
  script = path.join(import.meta.dirname, "main.ts"),
): Promise<SensorProcess> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "sensor-process-"));
  const sites = await createSites(dataDir);
  prepare(dataDir);
  return launch(script, dataDir, sites, { SENSOR_HTTP_PORT: "0", SENSOR_HTTPS_PORT: "0", SENSOR_ADMIN_PORT: "0", ...changes });
}

async function launch(script: string, dataDir: string, sites: SavedSites, changes: Record<string, string>): Promise<SensorProcess> {
  const begun = performance.now();
  const child = fork(script, {
    env: childEnvironment({ SENSOR_MAX_HANDSHAKES_PER_ADDRESS: "100000", DATA_DIR: dataDir, SENSOR_HOST: undefined, ...changes }),
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const log = readLog(child);
  const exited = once(child, "exit").then(([code]: (number | null)[]) => code ?? null);
  const [message] = await once(child, "message");
  const readyMs = performance.now() - begun;
  return {
    dataDir,
    sites,
    child,
    message,
    readyMs,
    log,
    exited,
    workers: () => childrenOf(child.pid ?? 0),
    async restart(whileStopped = () => {}) {
      child.kill("SIGTERM");
      await exited;
      whileStopped();
      const ports = Object.entries<number>(message.ports).map(([name, port]) => [name, String(port)]);
      return launch(script, dataDir, sites, { ...changes, ...Object.fromEntries(ports) });
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
      sites.store.close();
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

function readLog(child: ChildProcess): Record<string, unknown>[] {
  const log: Record<string, unknown>[] = [];
  let rest = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") log.push(JSON.parse(line));
  });
  return log;
}

function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
}

/** The fourth field of `stat`; a process's name, in brackets before it, may hold anything (proc(5)). */
function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0;
  }
}
