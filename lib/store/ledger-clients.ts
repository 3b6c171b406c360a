import { and, asc, eq, gte, inArray, lte, max } from "drizzle-orm";
import { callers } from "#lib/site/caller.ts";
import type { Queries } from "#lib/store/database.ts";
import { mostBound } from "#lib/store/ledger-seen.ts";
import { ledgerCertificates, ledgerGroups } from "#lib/store/ledger-tables.ts";

/** A certificate that a client showed to a site whose CAs had signed it, and when it did so last. */
export type SeenClient = {
  siteId: string;
  fingerprint: string;
  subject: string;
  issuer: string;
  commonName: string | null;
  names: string;
  extendedKeyUsage: string | null;
  notBefore: Date;
  notAfter: Date;
  lastAt: Date;
};

export type SeenClientsFilter = {
  siteIds: readonly string[];
  /** Only certificates that end in this span. */
  from: Date;
  to: Date;
  /** Only those that were admitted; else also what a CA of the site signed and was refused. */
  isAdmitted: boolean;
  limit: number;
};

/** First to run out first. What strangers showed is left out: they choose freely what it says. */
export function seenClients(queries: Queries, { siteIds, from, to, isAdmitted, limit }: SeenClientsFilter): SeenClient[] {
  const ranks = [callers.indexOf("verified"), ...(isAdmitted ? [] : [callers.indexOf("known")])];
  const { fingerprint, subject, issuer, commonName, names, extendedKeyUsage, notBefore, notAfter } = ledgerCertificates;
  const found: SeenClient[] = [];
  for (let start = 0; start < siteIds.length; start += mostBound) {
    const rows = queries
      .select({
        siteId: ledgerGroups.siteId,
        fingerprint,
        subject,
        issuer,
        commonName,
        names,
        extendedKeyUsage,
        notBefore,
        notAfter,
        lastAt: max(ledgerGroups.lastAt),
      })
      .from(ledgerGroups)
      .innerJoin(ledgerCertificates, eq(fingerprint, ledgerGroups.fingerprint))
      .where(
        and(
          inArray(ledgerGroups.siteId, siteIds.slice(start, start + mostBound)),
          inArray(ledgerGroups.caller, ranks),
          gte(notAfter, from),
          lte(notAfter, to),
        ),
      )
      .groupBy(ledgerGroups.siteId, fingerprint)
      .orderBy(asc(notAfter))
      .limit(limit)
      .all();
    found.push(...rows.map(({ lastAt, ...row }) => ({ ...row, lastAt: lastAt ?? from })));
  }
  return found.toSorted((a, b) => a.notAfter.getTime() - b.notAfter.getTime()).slice(0, limit);
}
