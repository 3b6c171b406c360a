import { type Certificate, nameOf } from "#lib/pki/certificate.ts";
import type { LedgerVerdict } from "#lib/site/verdict.ts";

/** One thing that happened, as far as it is known, and what the site trusts today. */
export type Occurrence = {
  verdict: LedgerVerdict;
  /** OpenSSL's or the system's own word. */
  code?: string | null | undefined;
  /** The sensor's sentence beside the verdict; of a failing origin it begins with the code and a colon. */
  reason?: string | null | undefined;
  /** It was let in whatever the verdict says: the site only observed its clients. */
  isLetIn?: boolean | undefined;
  /** What the sensor answered; null for a handshake. */
  status?: number | null | undefined;
  /** The certificate that was presented; null where there was none, or where it is not known any more. */
  leaf: Certificate | null;
  /** Issuers that came with it, as far as they were seen. */
  chain: readonly Certificate[];
  /** The CAs of Downstream mTLS Credentials today. */
  authorities: readonly Certificate[];
  /** When it happened, today's moment where it is about a draft. */
  at?: Date | undefined;
  now: Date;
};

/** Who must do the next step: the owner of the client, the site's admin, the origin's operator, or whoever it turns out to be. */
export type Actor = "partner" | "you" | "origin" | "unclear" | "nobody";

/** A verdict in plain words: what is the case, and what to do about it; `kind` is stable and finer than the verdict. */
export type Explanation = { kind: string; actor: Actor; sentence: string; nextStep: string };

export function explain(kind: string, actor: Actor, sentence: string, nextStep: string): Explanation {
  return { kind, actor, sentence, nextStep };
}

/** A certificate's name as sentences quote it. */
export function quote(certificate: Certificate): string {
  return quoteName(nameOf(certificate));
}

/** A name that strangers chose, in quotes that it cannot close itself: it must not go on with a sentence of its own. */
export function quoteName(name: string): string {
  return `“${name.replace(/[“”]/g, "'")}”`;
}

/** "“A”, “B” or 4 more", for the CAs that a sentence speaks of. */
export function quoteAll(certificates: readonly Certificate[]): string {
  const names = [...new Set(certificates.map(quote))];
  const last = names.length > 3 ? `${names.length - 3} more` : names.at(-1);
  const before = names.length > 3 ? names.slice(0, 3) : names.slice(0, -1);
  return before.length === 0 ? (last ?? "") : `${before.join(", ")} or ${last}`;
}

const units: [string, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
];

/** "2 days", "1 hour": the distance of two moments in its largest unit. */
export function distance(one: Date, other: Date): string {
  const apart = Math.max(1_000, Math.abs(one.getTime() - other.getTime()));
  const [unit, size] = units.find(([, length]) => apart >= length) ?? ["second", 1_000];
  const count = Math.trunc(apart / size);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
