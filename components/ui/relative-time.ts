const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

const slackS = 60;

const format = new Intl.RelativeTimeFormat("en", { numeric: "always" });

/** "in 41 days", "3 minutes ago", "now"; years only from two on, since a certificate's last year is counted in days. */
export function relativeTime(atMs: number, nowMs: number): string {
  const exact = Math.trunc((atMs - nowMs) / 1_000);
  // What was just promised for 24 hours has some seconds less by now, and is still called that.
  const seconds = exact >= 3_600 - slackS ? exact + slackS : exact;
  if (Math.abs(seconds) < 1) return "now";
  const [unit, size] = units.find(([name, length]) => Math.abs(seconds) >= (name === "year" ? 2 * length : length)) ?? ["second", 1];
  return format.format(Math.trunc(seconds / size), unit);
}
