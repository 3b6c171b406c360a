import { Badge } from "#components/ui/badge.tsx";
import type { Meaning } from "#components/ui/meaning.tsx";
import type { LedgerVerdict } from "#lib/site/verdict.ts";
import { isHeldAgainst, isUpstreamVerdict } from "#lib/site/verdict.ts";
import { verdictWords } from "#lib/site/verdict-words.ts";

type Judged = { verdict: LedgerVerdict; isRefused: boolean };

/** What was decided, in words with its icon. */
export function VerdictBadge(judged: Judged) {
  return <Badge meaning={meaningOf(judged)}>{wordsOf(judged)}</Badge>;
}

/** The words of a verdict, which say also whether it kept somebody out. */
export function wordsOf({ verdict, isRefused }: Judged): string {
  const words = verdictWords[verdict];
  if (isUpstreamVerdict(verdict) || verdict === "REQUEST_REFUSED") return words;
  if (isRefused) return `Refused: ${words.charAt(0).toLowerCase()}${words.slice(1)}`;
  return !isHeldAgainst(verdict) ? words : `Let in all the same: ${words.charAt(0).toLowerCase()}${words.slice(1)}`;
}

export function meaningOf({ verdict, isRefused }: Judged): Meaning {
  if (isRefused) return "danger";
  if (verdict === "CLIENT_CERT_VERIFIED" || verdict === "ORIGIN_OK") return "good";
  return isHeldAgainst(verdict) ? "notice" : "unknown";
}
