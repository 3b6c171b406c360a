import { once } from "node:events";
import { createServer } from "node:http";
import { Agent, request } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { parentPort, Worker, workerData } from "node:worker_threads";
import { listenLocally } from "#sensor/client-fixture.ts";

/**
 * Another site's client and origin, in a thread of their own: what the benchmark itself does meanwhile, a save above all, must
 * not be measured with them.
 */
export type Neighbour = {
  originPort: number;
  /** Asks the sensor at this port all the time, one request after the other on a kept connection, about one in 2 ms. */
  ask(port: number): void;
  rest(): void;
  /** The slowest answer since the last time, in milliseconds. */
  slowest(): Promise<number>;
  end(): Promise<void>;
};

type Order = { type: "ask"; port: number } | { type: "rest" } | { type: "tell" };

export async function startNeighbour(hostName: string): Promise<Neighbour> {
  const thread = new Worker(new URL(import.meta.url), { workerData: { hostName } });
  const tell = (order: Order) => thread.postMessage(order);
  const [originPort]: number[] = await once(thread, "message");
  return {
    originPort: originPort ?? 0,
    ask: (port) => tell({ type: "ask", port }),
    rest: () => tell({ type: "rest" }),
    async slowest() {
      tell({ type: "tell" });
      const [slowest]: number[] = await once(thread, "message");
      return slowest ?? 0;
    },
    async end() {
      await thread.terminate();
    },
  };
}

async function live(hostName: string): Promise<void> {
  let current: { stop(): void } | null = null;
  let slowest = 0;
  parentPort?.on("message", (order: Order) => {
    if (order.type !== "tell") current?.stop();
    if (order.type === "ask") current = askAllTheTime(order.port, hostName, (ms) => (slowest = Math.max(slowest, ms)));
    else if (order.type === "tell") {
      parentPort?.postMessage(slowest);
      slowest = 0;
    }
  });
  parentPort?.postMessage(await listenLocally(createServer((_request, response) => response.end("hello"))));
}

function askAllTheTime(port: number, hostName: string, onAnswered: (ms: number) => void): { stop(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const to = { host: "127.0.0.1", port, servername: hostName, headers: { host: hostName }, agent, rejectUnauthorized: false };
  let isOver = false;
  void work();
  return {
    stop() {
      isOver = true;
      agent.destroy();
    },
  };

  async function work(): Promise<void> {
    while (!isOver) {
      const since = performance.now();
      try {
        await answered();
      } catch (failure) {
        if (isOver) return;
        throw failure;
      }
      onAnswered(performance.now() - since);
      await pause(1);
    }
  }

  function answered(): Promise<void> {
    return new Promise((resolve, reject) => {
      const sent = request(to, (response) => response.resume().once("end", resolve).once("error", reject));
      sent.once("error", reject).end();
    });
  }
}

if (parentPort !== null) await live(workerData.hostName);
