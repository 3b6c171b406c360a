import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBenchPki } from "#bench/bench-pki.ts";
import type { Contender, Running } from "#bench/contender.ts";
import { buildPeers, type Load, runLoad, startOrigin } from "#bench/load.ts";
import { cpuSecondsOf, residentMbOf } from "#bench/machine.ts";

export type Work = {
  name: string;
  load: Load;
  /** What one operation is. */
  unit: "request" | "MB";
};

/** One run: operations a second, CPU time of the proxy for each, and how busy load and origin were, which must not decide. */
export type Sample = {
  rate: number;
  cpuUs: number;
  p99Us: number;
  failed: number;
  /** The most at any time, of the process that serves and of all together. */
  workerMb: number;
  residentMb: number;
  loadShare: number;
  originShare: number;
};

export type Comparison = { work: string; unit: string; contender: string; version: string; samples: Sample[] };

const megabytes = 100 * 1_048_576;

export const works: Work[] = [
  {
    name: "kept connections, 1 KB, 64 at once",
    unit: "request",
    load: { mode: "kept", tls: "1.3", path: "/1024", connections: 64, seconds: 3 },
  },
  {
    name: "whole handshake and a request, TLS 1.3",
    unit: "request",
    load: { mode: "handshakes", tls: "1.3", path: "/1024", connections: 32, seconds: 3 },
  },
  {
    name: "whole handshake and a request, TLS 1.2",
    unit: "request",
    load: { mode: "handshakes", tls: "1.2", path: "/1024", connections: 32, seconds: 3 },
  },
  { name: "100 MB down, 8 at once", unit: "MB", load: { mode: "kept", tls: "1.3", path: `/${megabytes}`, connections: 8, seconds: 3 } },
  {
    name: "100 MB up, 8 at once",
    unit: "MB",
    load: { mode: "kept", tls: "1.3", path: "/0", connections: 8, seconds: 3, upload: megabytes },
  },
  { name: "100 MB down, 50 at once", unit: "MB", load: { mode: "kept", tls: "1.3", path: `/${megabytes}`, connections: 50, seconds: 3 } },
];

/** Lets the contenders take turns at each work, `rounds` times after a warm-up each. */
export async function compareProxies(
  contenders: Contender[],
  chosen: Work[],
  rounds: number,
  say: (line: string) => void,
): Promise<Comparison[]> {
  const folder = mkdtempSync(join(tmpdir(), "tessera-bench-"));
  const pki = await createBenchPki(folder);
  const programs = buildPeers(folder);
  const origin = await startOrigin(programs.origin, pki);
  const running = new Map<Contender, Running>();
  try {
    for (const contender of contenders)
      running.set(contender, await contender.start({ pki, folder, originPort: origin.port, port: await freePort() }));
    const comparisons: Comparison[] = [];
    for (const work of chosen) {
      const ofWork = contenders.map((contender) => ({
        work: work.name,
        unit: work.unit,
        contender: contender.name,
        version: contender.version() ?? "",
        samples: [] as Sample[],
      }));
      for (let round = -1; round < rounds; round += 1) {
        for (const [index, contender] of contenders.entries()) {
          const proxy = running.get(contender);
          if (!proxy) continue;
          const sample = await measure(proxy, work, round < 0 ? 1 : work.load.seconds);
          if (round >= 0) ofWork[index]?.samples.push(sample);
          say(
            `${work.name} · ${contender.name}${round < 0 ? " (warm-up)" : ""}: ${sample.rate.toFixed(0)}/s, ${sample.cpuUs.toFixed(0)} µs`,
          );
        }
      }
      comparisons.push(...ofWork);
    }
    return comparisons;
  } finally {
    for (const proxy of running.values()) await proxy.stop();
    origin.stop();
    rmSync(folder, { recursive: true, force: true });
  }

  async function measure(proxy: Running, { load, unit }: Work, seconds: number): Promise<Sample> {
    const [proxyBefore, originBefore] = [cpuSecondsOf(proxy.pids()), cpuSecondsOf([origin.pid])];
    const most = { workerMb: 0, residentMb: 0 };
    const watching = setInterval(() => {
      const pids = proxy.pids();
      // The worker is started last.
      most.workerMb = Math.max(most.workerMb, residentMbOf(pids.slice(-1)));
      most.residentMb = Math.max(most.residentMb, residentMbOf(pids));
    }, 200);
    const result = await runLoad(programs.load, pki, proxy.port, { ...load, seconds });
    clearInterval(watching);
    const cpu = cpuSecondsOf(proxy.pids()) - proxyBefore;
    const count = unit === "MB" ? result.bytes / 1_048_576 : result.requests;
    return {
      rate: count / result.seconds,
      cpuUs: (cpu * 1e6) / count,
      p99Us: result.p99Us,
      failed: result.failed,
      ...most,
      loadShare: result.cpuSeconds / result.seconds,
      originShare: (cpuSecondsOf([origin.pid]) - originBefore) / result.seconds,
    };
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await once(server.close(), "close");
  return typeof address === "object" && address ? address.port : 0;
}
