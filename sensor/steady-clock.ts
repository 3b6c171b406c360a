/** Both clocks at one moment, in milliseconds: the wall's may be set, the other only goes on. */
export type Clocks = { wallMs: number; steadyMs: number };

const toleranceMs = 600_000;
const holdMs = 3_600_000;

/**
 * Answers a function that tells whether the wall clock may be believed: for an hour after it jumped by more than ten minutes it
 * may not, since it may jump back. A start says nothing about the time before it.
 */
export function createClockWatch(): (clocks: Clocks) => boolean {
  let offset: number | null = null;
  let trustedFrom = Number.NEGATIVE_INFINITY;
  return ({ wallMs, steadyMs }) => {
    const now = wallMs - steadyMs;
    if (offset !== null && Math.abs(now - offset) > toleranceMs) trustedFrom = steadyMs + holdMs;
    offset = now;
    return steadyMs >= trustedFrom;
  };
}
