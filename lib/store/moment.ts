/** A moment in a sentence: `2026-11-23 at 10:00 UTC`. */
export function sayWhen(moment: Date): string {
  return `${moment.toISOString().slice(0, 16).replace("T", " at ")} UTC`;
}
