import { CircleCheck, CircleHelp, CircleX, type LucideIcon, TriangleAlert } from "lucide-react";

/** The four meanings a colour may have; each comes with its icon and a word, never alone. */
export type Meaning = "good" | "notice" | "danger" | "unknown";

export const meaningText: Record<Meaning, string> = {
  good: "text-good",
  notice: "text-notice",
  danger: "text-danger",
  unknown: "text-unknown",
};

export const meaningSoft: Record<Meaning, string> = {
  good: "bg-good-soft text-good",
  notice: "bg-notice-soft text-notice",
  danger: "bg-danger-soft text-danger",
  unknown: "bg-unknown-soft text-unknown",
};

const icons: Record<Meaning, LucideIcon> = { good: CircleCheck, notice: TriangleAlert, danger: CircleX, unknown: CircleHelp };

/** The icon of a meaning; the word beside it says the same. */
export function MeaningIcon({ meaning, className }: { meaning: Meaning; className?: string }) {
  const Icon = icons[meaning];
  return <Icon aria-hidden className={className} />;
}
