import type { ObservedVerdict } from "#lib/site/verdict.ts";

/**
 * Who a caller is to the ledger, from the most to the least wanted: a certificate that was accepted, one that a configured
 * CA signed and that was refused all the same, any other certificate, none. Each has quotas of its own there.
 */
export const callers = ["verified", "known", "stranger", "none"] as const;

export type Caller = (typeof callers)[number];

/** Only whom a configured CA has signed can be told one of these: nobody makes such certificates by the thousand. */
const signed = new Set<ObservedVerdict>([
  "CLIENT_CERT_EXPIRED",
  "CLIENT_CERT_NOT_YET_VALID",
  "CLIENT_CERT_WRONG_PURPOSE",
  "CLIENT_CERT_WEAK",
]);

/** The caller behind a handshake's verdict; no identity where no certificate was asked for. */
export function callerOf(identity: { verdict: ObservedVerdict; certificate: object | null } | null): Caller {
  if (identity === null || identity.certificate === null) return "none";
  if (identity.verdict === "CLIENT_CERT_VERIFIED") return "verified";
  return signed.has(identity.verdict) ? "known" : "stranger";
}

/** Of a number that the ledger keeps for one; whoever is none of these counts as nobody. */
export function callerAt(place: number): Caller {
  return callers[place] ?? "none";
}
