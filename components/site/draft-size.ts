import { error, type Problem } from "#lib/site/problem.ts";
import type { SiteDraft } from "#lib/site/schema.ts";

/** A little below what one save may carry, for what travels around the draft. */
const largestDraft = 1_900_000;

/** Why a draft is too large to be sent; null when it fits. */
export function judgeSize(draft: SiteDraft): Problem | null {
  const size = new TextEncoder().encode(JSON.stringify(draft)).length;
  if (size <= largestDraft) return null;
  const megabytes = (bytes: number) => (bytes / 1_000_000).toLocaleString("en", { maximumFractionDigits: 1 });
  return error(
    "",
    "form.too-large",
    `All fields together hold ${megabytes(size)} MB, and one save carries ${megabytes(largestDraft)} MB. Nothing was sent: remove certificates that are not needed.`,
  );
}
