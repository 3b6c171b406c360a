/** How many days before a certificate's end somebody is told, once each. Runs in a browser. */
export const noticeDays = [60, 30, 14, 7, 1] as const;

export const dayMs = 86_400_000;

/**
 * What is to be told now of a certificate of whose end was told at `given` days before: the most urgent threshold reached, so
 * that of several that passed unseen one is told, and null when it, or a more urgent one, was, or when the end is no date.
 * Thresholds of more than `mostDays` are none for this certificate.
 */
export function dueThreshold(
  notAfterMs: number,
  nowMs: number,
  given: readonly number[],
  mostDays = Number.POSITIVE_INFINITY,
): number | null {
  const reached = noticeDays.findLast((days) => days <= mostDays && notAfterMs - nowMs <= days * dayMs) ?? null;
  return reached !== null && given.every((days) => days > reached) ? reached : null;
}
