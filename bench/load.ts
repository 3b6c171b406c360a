import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { BenchPki } from "#bench/bench-pki.ts";

const source = join(import.meta.dirname, "peer");

/** What the load did, and the CPU time that itself has taken, in seconds. */
export type LoadResult = {
  requests: number;
  failed: number;
  bytes: number;
  seconds: number;
  cpuSeconds: number;
  p50Us: number;
  p99Us: number;
};

export type Load = { mode: "kept" | "handshakes"; tls: "1.2" | "1.3"; path: string; connections: number; seconds: number; upload?: number };

/** Load and origin are C over OpenSSL: nothing slower than the contenders may stand beside them. */
export function buildPeers(folder: string): { load: string; origin: string } {
  const build = (name: string) => {
    const program = join(folder, name);
    const sources = [join(source, `${name}.c`), join(source, "peer.c")];
    const { status, stderr, error } = spawnSync("cc", ["-O2", "-D_GNU_SOURCE", "-o", program, ...sources, "-lssl", "-lcrypto"], {
      encoding: "utf8",
    });
    if (status !== 0)
      throw new Error(`Load and origin need a C compiler and OpenSSL's headers (Debian: gcc, libssl-dev). ${error?.message ?? stderr}`);
    return program;
  };
  return { load: build("load"), origin: build("origin") };
}

/** The origin on the second core. */
export async function startOrigin(program: string, pki: BenchPki): Promise<{ port: number; pid: number; stop(): void }> {
  const args = ["--cert", pki.originCertificate, "--key", pki.originKey, "--ca", pki.sensorAuthority, "--port", "0"];
  const child = spawn("taskset", ["-c", "1", program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface(child.stdout), "line");
  return { port: Number(line), pid: child.pid ?? 0, stop: () => void child.kill() };
}

/** One run against a proxy, from the second core. */
export async function runLoad(program: string, pki: BenchPki, port: number, load: Load): Promise<LoadResult> {
  const { mode, tls, path, connections, seconds, upload = 0 } = load;
  const flags = {
    mode,
    tls,
    path,
    connections,
    seconds,
    upload,
    port,
    host: pki.hostName,
    cert: pki.clientCertificate,
    key: pki.clientKey,
    ca: pki.webAuthority,
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn("taskset", ["-c", "1", program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface(child.stdout), "line");
  return JSON.parse(line);
}
