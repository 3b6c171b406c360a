import { and, eq, inArray } from "drizzle-orm";
import type { CertificateKind } from "#lib/site/certificate-kind.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";
import { expiryNotices } from "#lib/store/notice-tables.ts";

/** That somebody was told, at `at`, of a certificate of a site that runs out within so many days. */
export type ExpiryNotice = { siteId: string; use: CertificateKind; fingerprint: string; days: number; at: Date; notAfter: Date };

/** What was told, in no order: all of it, or what is about these sites. */
export function listNotices(queries: Queries, siteIds?: readonly string[]): ExpiryNotice[] {
  if (siteIds === undefined) return queries.select().from(expiryNotices).all();
  const found: ExpiryNotice[] = [];
  for (let start = 0; start < siteIds.length; start += mostBound) {
    const isWanted = inArray(expiryNotices.siteId, siteIds.slice(start, start + mostBound));
    found.push(...queries.select().from(expiryNotices).where(isWanted).all());
  }
  return found;
}

/** Remembers what is being told. */
export function addNotices(tx: Transaction, notices: readonly ExpiryNotice[]): void {
  for (const notice of notices) tx.insert(expiryNotices).values(notice).onConflictDoNothing().run();
}

/** Forgets that these were told. */
export function removeNotices(tx: Transaction, notices: readonly ExpiryNotice[]): void {
  for (const { siteId, use, fingerprint, days } of notices) {
    const { siteId: site, use: kind, fingerprint: certificate, days: threshold } = expiryNotices;
    tx.delete(expiryNotices)
      .where(and(eq(site, siteId), eq(kind, use), eq(certificate, fingerprint), eq(threshold, days)))
      .run();
  }
}

/** Values bound to one statement. */
const mostBound = 500;
