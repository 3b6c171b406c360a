import { type Certificate, nameOf } from "#lib/pki/certificate.ts";
import type { TracedChain } from "#lib/pki/traced-chain.ts";
import { isInDate } from "#lib/site/validity.ts";

/**
 * Whom the CAs of Downstream mTLS admit, in sentences. Each CA is an anchor in its own right; one that stands under
 * another adds nobody. Below an anchor that is out of date OpenSSL accepts nothing. Null without a CA.
 */
export function describeAdmission(authorities: readonly Certificate[], chains: readonly TracedChain[], now: Date): string | null {
  if (authorities.length === 0) return null;
  const valid = authorities.filter((authority) => isInDate(authority, now));
  if (valid.length === 0) return "Nobody: none of these CAs is valid today.";
  const covered = coveredBy(chains, new Set(valid));
  const admitting = valid.filter((authority) => !covered.has(authority));
  return [
    `Anyone with a valid client certificate issued under ${listNames(admitting, "or")} is admitted, and nobody else.`,
    covered.size === 0
      ? ""
      : `${listNames([...covered], "and")} ${isOne(covered) ? "stands" : "stand"} under a CA that is also here: to admit ${isOne(covered) ? "its" : "their"} clients alone, remove that one.`,
  ]
    .filter(Boolean)
    .join(" ");
}

/** The CAs that have another valid one above them in the field. */
function coveredBy(chains: readonly TracedChain[], valid: ReadonlySet<Certificate>): Set<Certificate> {
  const covered = new Set<Certificate>();
  for (const { certificates, end } of chains) {
    const above = typeof end === "object" ? [...certificates, end.joins] : certificates;
    for (const [index, certificate] of certificates.entries()) {
      if (valid.has(certificate) && above.slice(index + 1).some((one) => valid.has(one))) covered.add(certificate);
    }
  }
  return covered;
}

function isOne(certificates: ReadonlySet<Certificate>): boolean {
  return certificates.size === 1;
}

const mostNames = 5;

function listNames(certificates: readonly Certificate[], conjunction: "and" | "or"): string {
  const names = [...new Set(certificates.map((certificate) => `“${nameOf(certificate)}”`))];
  const shown = names.length > mostNames ? [...names.slice(0, mostNames), `${names.length - mostNames} more`] : names;
  const last = shown.at(-1) ?? "";
  return shown.length > 1 ? `${shown.slice(0, -1).join(", ")} ${conjunction} ${last}` : last;
}
