import type { Worker } from "node:worker_threads";
import type { Logger } from "#lib/log.ts";
import type { Expiries } from "#sensor/expiry-sweep.ts";
import type { Ports } from "#sensor/messages.ts";
import { startThread } from "#sensor/program.ts";

export type NotifierOptions = {
  ports: Ports;
  log: Logger;
  /** When certificates run out: what has changed since the last time. */
  onExpiries: (expiries: Expiries) => void;
  /** For tests: another thread. */
  start?: () => Worker;
};

const patience = { firstDelayMs: 1_000, longestDelayMs: 60_000, closeMs: 5_000 };

/**
 * Tells of certificates that run out, in a thread of its own: neither reading a thousand sites nor a webhook's TLS may hold up
 * the loop that lets connections in. A thread that ends is replaced.
 */
export function startNotifier({ ports, log, onExpiries, ...options }: NotifierOptions): { close(): Promise<void> } {
  let thread: Worker | null = null;
  let failures = 0;
  let isClosing = false;
  let timer: NodeJS.Timeout | undefined;
  begin();
  return { close };

  function begin(): void {
    const begun = options.start?.() ?? startThread("notifier-thread", { ports });
    thread = begun;
    begun.on("message", onExpiries);
    begun.on("error", (failure) => log.error({ err: failure }, "the notifier failed"));
    begun.once("exit", () => {
      thread = null;
      if (isClosing) return;
      const delayMs = Math.min(patience.firstDelayMs * 2 ** failures++, patience.longestDelayMs);
      log.error({ delayMs }, "the notifier ended and is replaced");
      timer = setTimeout(begin, delayMs).unref();
    });
  }

  async function close(): Promise<void> {
    isClosing = true;
    clearTimeout(timer);
    const closing = thread;
    if (closing === null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    closing.once("exit", () => resolve());
    const late = setTimeout(() => closing.terminate(), patience.closeMs);
    closing.postMessage("close");
    await promise;
    clearTimeout(late);
  }
}
