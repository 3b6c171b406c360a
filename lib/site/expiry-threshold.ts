/** How many days before a certificate's end somebody is told, once each. Runs in a browser. */
export const noticeDays = [60, 30, 14, 7, 1] as const;

export const dayMs = 86_400_000;

/** The most urgent of `noticeDays` that is reached; null while there is more time, or when the end is no date. */
export function reachedThreshold(notAfterMs: number, nowMs: number): number | null {
  return noticeDays.findLast((days) => notAfterMs - nowMs <= days * dayMs) ?? null;
}

/**
 * What is to be told now of a certificate of whose end was told at `given` days before: the most urgent threshold reached, so
 * that of several that passed unseen one is told, and null when it, or a more urgent one, was.
 */
export function dueThreshold(notAfterMs: number, nowMs: number, given: readonly number[]): number | null {
  const reached = reachedThreshold(notAfterMs, nowMs);
  return reached !== null && given.every((days) => days > reached) ? reached : null;
}
