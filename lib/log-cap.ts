import type { Logger } from "#lib/log.ts";

/** Stands between a logger's methods and the line that is written. */
export type LogMethod = (this: Logger, args: Parameters<Logger["info"]>, method: Logger["info"]) => void;

/**
 * Lets so many lines of one message a second through that are about one connection or request, which strangers bring about
 * as often as they like; then one line says how many were left out. All other lines are written.
 */
export function capLines(most: number): LogMethod {
  const counts = new Map<string, number>();
  let endsAt = 0;
  let timer: NodeJS.Timeout | null = null;

  return function logMethod(args, method) {
    const message = messageOf(args);
    if (message === null || count(message) <= most) {
      method.apply(this, args);
      return;
    }
    timer ??= setTimeout(tell, endsAt - performance.now(), this, method).unref();
  };

  function count(message: string): number {
    const at = performance.now();
    if (at >= endsAt && timer === null) {
      counts.clear();
      endsAt = at + 1_000;
    }
    const counted = (counts.get(message) ?? 0) + 1;
    counts.set(message, counted);
    return counted;
  }

  function tell(log: Logger, method: Logger["info"]): void {
    for (const [message, counted] of counts)
      if (counted > most) method.apply(log, [{ message, count: counted - most }, "more lines like this were left out"]);
    counts.clear();
    timer = null;
  }
}

function messageOf([about, message]: unknown[]): string | null {
  const isAboutOne = typeof about === "object" && about !== null && ("address" in about || "requestId" in about);
  return isAboutOne && typeof message === "string" ? message : null;
}
