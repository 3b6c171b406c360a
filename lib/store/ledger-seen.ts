import { getTableColumns, inArray } from "drizzle-orm";
import type { Queries } from "#lib/store/database.ts";
import { ledgerCertificates } from "#lib/store/ledger-tables.ts";

/** A certificate that a client presented; `names` is OpenSSL's text of the subject alternative names, empty for none. */
export type SeenCertificate = {
  fingerprint: string;
  subject: string;
  issuer: string;
  commonName: string | null;
  /** Hexadecimal. */
  serial: string;
  notBefore: Date;
  notAfter: Date;
  names: string;
  /** Object identifiers with commas between them, null without the extension. */
  extendedKeyUsage: string | null;
  /** For example "EC P-256". */
  key: string;
  isCa: boolean;
};

/** Certificates by their fingerprints, with their DER; those that are not kept (any more) are left out. */
export function seenCertificates(queries: Queries, fingerprints: readonly string[]): (SeenCertificate & { der: Buffer })[] {
  const wanted = [...new Set(fingerprints)];
  const found: (SeenCertificate & { der: Buffer })[] = [];
  for (let start = 0; start < wanted.length; start += mostBound) {
    const isWanted = inArray(ledgerCertificates.fingerprint, wanted.slice(start, start + mostBound));
    found.push(
      ...queries
        .select({ ...seenColumns, der: ledgerCertificates.der })
        .from(ledgerCertificates)
        .where(isWanted)
        .all(),
    );
  }
  return found;
}

export const { siteId: _site, caller: _caller, lastAt: _lastAt, der: _der, ...seenColumns } = getTableColumns(ledgerCertificates);

/** Values bound to one statement. */
export const mostBound = 500;
