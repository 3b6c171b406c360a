/** A span of time in short: "less than 0.1 s", "0.3 s", "4 s", "14 s", "5 min", "3 h", "2 days". */
export function sayDuration(ms: number): string {
  if (ms < 100) return "less than 0.1 s";
  if (ms < 9_950) return `${Number((ms / 1_000).toFixed(1))} s`;
  const [unit, size] = units.find(([, length]) => ms >= 2 * length) ?? ["s", 1_000];
  return `${Math.trunc(ms / size)} ${unit}`;
}

// From two of a unit on: 90 s say more than 1 min.
const units: [string, number][] = [
  ["days", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
];
