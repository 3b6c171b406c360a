/** How often each outcome was met: a fuzz that only makes rubbish would pass as well. */
export type Tally = Record<string, number>;

export function count(tally: Tally, outcome: string): void {
  tally[outcome] = (tally[outcome] ?? 0) + 1;
}
