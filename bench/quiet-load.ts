import { Agent, request } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { parentPort, Worker, workerData } from "node:worker_threads";

/** Asks a site all the time, lightly, from a thread of its own, so that what else the benchmark does is not measured with it. */
export type QuietLoad = {
  /** The slowest answer since the last time, in milliseconds. */
  slowest(): Promise<number>;
  end(): Promise<void>;
};

export function startQuietLoad(port: number, hostName: string): QuietLoad {
  const thread = new Worker(new URL(import.meta.url), { workerData: { port, hostName } });
  return {
    slowest() {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      thread.once("message", resolve);
      thread.once("error", reject);
      thread.postMessage(null);
      return promise;
    },
    async end() {
      await thread.terminate();
    },
  };
}

/** One request after the other on a kept connection, about one in two milliseconds. */
async function askAllTheTime({ port, hostName }: { port: number; hostName: string }): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const to = { host: "127.0.0.1", port, servername: hostName, headers: { host: hostName }, agent, rejectUnauthorized: false };
  let slowest = 0;
  parentPort?.on("message", () => {
    parentPort?.postMessage(slowest);
    slowest = 0;
  });
  for (;;) {
    const since = performance.now();
    await new Promise<void>((resolve, reject) => {
      request(to, (response) => response.resume().once("end", resolve))
        .once("error", reject)
        .end();
    });
    slowest = Math.max(slowest, performance.now() - since);
    await pause(1);
  }
}

if (parentPort !== null) await askAllTheTime(workerData);
