import type { ExpectedVerdict } from "#lib/site/expected-verdict.ts";
import type { LedgerVerdict } from "#lib/site/verdict.ts";

/** What saving a draft would mean for somebody who was seen: gets in as before, no longer, nobody knows, newly, or neither then nor now. */
export type Outcome = "keeps" | "loses" | "unknown" | "gains" | "stays-out";

/** A caller is a client certificate; whoever showed none is counted by address. Plain JSON, times in ISO form. */
export type JudgedCaller = {
  name: string;
  /** Null: no certificate. */
  fingerprint: string | null;
  address: string;
  lastAt: string;
  outcome: Outcome;
  verdict: ExpectedVerdict | LedgerVerdict;
  /** Why, as a part of a sentence that a number goes before: "expired", "signed by Partner CA G1". */
  cause: string;
  reason: string;
};

/** Who would be locked out by a draft, of all that the ledger keeps of the site. Plain JSON. */
export type Lockout = {
  /** How many there are of each; those with access now are the first three. */
  counts: Record<Outcome, number>;
  /** Why they lose access, and why of others nobody can tell: the most frequent first. */
  losses: Cause[];
  doubts: Cause[];
  /** Those who lose access, then those of whom nobody can tell, then those who gain it; the last seen first, at most `mostListed`. */
  listed: JudgedCaller[];
  /** When the first of them was seen; null when nobody was. */
  since: string | null;
};

export type Cause = { cause: string; count: number };

/** The cause of a doubt that Observe clients removes. */
export const neverAsked = "never asked for a certificate";

/** Callers that are listed by name; the counts are of all. */
export const mostListed = 200;

const order: Outcome[] = ["loses", "unknown", "gains"];

/** Adds up what was found of each caller. */
export function tallyLockout(callers: readonly JudgedCaller[], since: string | null): Lockout {
  const counts: Lockout["counts"] = { keeps: 0, loses: 0, unknown: 0, gains: 0, "stays-out": 0 };
  for (const { outcome } of callers) counts[outcome] += 1;
  const newestFirst = callers.toSorted((a, b) => b.lastAt.localeCompare(a.lastAt));
  return {
    counts,
    losses: causesOf(callers, "loses"),
    doubts: causesOf(callers, "unknown"),
    listed: order.flatMap((wanted) => newestFirst.filter(({ outcome }) => outcome === wanted)).slice(0, mostListed),
    since,
  };
}

/** What becomes of somebody who has access, or has not, when the draft expects `verdict` of them. */
export function outcomeOf(hasAccess: boolean, verdict: ExpectedVerdict | LedgerVerdict): Outcome {
  if (verdict === "CLIENT_CERT_VERIFIED") return hasAccess ? "keeps" : "gains";
  if (!hasAccess) return "stays-out";
  return verdict === "CANNOT_TELL" || verdict === "CLIENT_CERT_NOT_ASKED" ? "unknown" : "loses";
}

/** The figures in a sentence or two, each with what follows from it. */
export function describeLockout({ counts, losses, doubts }: Lockout): string {
  const { keeps, loses, unknown, gains } = counts;
  const known = keeps + loses + unknown;
  if (known + gains === 0) return "No callers observed: nobody can say who loses access.";
  const parts = [
    known > 0 && `${keeps} of ${known} known ${known === 1 && keeps === 1 ? "caller" : "callers"} ${keeps === 1 ? "keeps" : "keep"} access`,
    loses > 0 && `${loses} ${loses === 1 ? "loses" : "lose"} it: ${inWords(losses)}`,
    unknown > 0 && `of ${unknown} nobody can tell: ${inWords(doubts)}`,
    gains > 0 && `${gains} that ${gains === 1 ? "is" : "are"} refused now would get in`,
  ];
  return `${parts.filter((part) => part !== false).join("; ")}.`;
}

/** Causes named one by one; the rest of them are one. */
const mostCauses = 4;

function inWords(causes: readonly Cause[]): string {
  const [only, ...others] = causes;
  if (only && others.length === 0) return only.cause;
  const named = causes.slice(0, mostCauses).map(({ cause, count }) => `${count} ${cause}`);
  const rest = causes.slice(mostCauses).reduce((sum, { count }) => sum + count, 0);
  return [...named, ...(rest > 0 ? [`${rest} for other reasons`] : [])].join(", ");
}

function causesOf(callers: readonly JudgedCaller[], wanted: Outcome): Cause[] {
  const counted = new Map<string, number>();
  for (const { outcome, cause } of callers) if (outcome === wanted) counted.set(cause, (counted.get(cause) ?? 0) + 1);
  return [...counted].map(([cause, count]) => ({ cause, count })).sort((a, b) => b.count - a.count || a.cause.localeCompare(b.cause));
}
