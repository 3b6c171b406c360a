import type { Socket } from "node:net";
import { OriginConnection } from "#sensor/origin-connection.ts";

/** The connections to the origin that wait for the next request, of one revision of one site. */
export type OriginPool = {
  /** One that waits, null when there is none: then `dial` makes one. */
  take(): OriginConnection | null;
  /** Connects anew; rejects with what the dialer or the TLS handshake says. */
  dial(signal: AbortSignal): Promise<OriginConnection>;
  /** Closes what waits and keeps nothing any more. */
  destroy(): void;
};

/** Shorter than the five seconds after which many servers close an idle connection, so that few are found dead. */
const idleMs = 4_000;
const mostIdle = 256;

export function createOriginPool(connect: (signal: AbortSignal) => Promise<Socket>): OriginPool {
  /** In the order they were given back: the last is taken first, and the first ones fall out. */
  const idle: { connection: OriginConnection; until: number }[] = [];
  let timer: NodeJS.Timeout | null = null;
  let isEnded = false;
  return { take, dial, destroy };

  function take(): OriginConnection | null {
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      if (last.connection.isUsable && last.until > performance.now()) return last.connection;
      last.connection.destroy();
    }
    return null;
  }

  async function dial(signal: AbortSignal): Promise<OriginConnection> {
    return new OriginConnection(await connect(signal), { release, gone });
  }

  function release(connection: OriginConnection): void {
    if (isEnded || idle.length >= mostIdle) {
      connection.destroy();
      return;
    }
    idle.push({ connection, until: performance.now() + Math.min(idleMs, connection.keptMs ?? idleMs) });
    timer ??= setTimeout(sweep, sweepMs).unref();
  }

  function gone(connection: OriginConnection): void {
    const at = idle.findIndex((one) => one.connection === connection);
    if (at !== -1) idle.splice(at, 1);
  }

  function sweep(): void {
    const now = performance.now();
    for (const one of idle.filter(({ until }) => until <= now)) {
      gone(one.connection);
      one.connection.destroy();
    }
    timer = idle.length > 0 ? setTimeout(sweep, sweepMs).unref() : null;
  }

  function destroy(): void {
    isEnded = true;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    for (const { connection } of idle.splice(0)) connection.destroy();
  }
}

const sweepMs = 250;
