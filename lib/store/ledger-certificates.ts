import { X509Certificate } from "node:crypto";
import { eq } from "drizzle-orm";
import { describeKey, keyFacts } from "#lib/pki/key-facts.ts";
import { escaped, nameOnOneLine } from "#lib/pki/name.ts";
import { validityOf } from "#lib/pki/validity.ts";
import { callers } from "#lib/site/caller.ts";
import type { Transaction } from "#lib/store/database.ts";
import type { PresentedCertificate } from "#lib/store/ledger-entry.ts";
import type { Share } from "#lib/store/ledger-quota.ts";
import { ledgerCertificates, noSite } from "#lib/store/ledger-tables.ts";

/** When a certificate was seen is rounded up to this, so that a busy client does not have its row written all the time. */
const freshMs = 60_000;

/**
 * Keeps certificates that are not there yet; answers the rows that came and, with a negative count, those that changed
 * hands. A worse handshake changes nothing: whoever repeats a partner's chain does not make it a stranger's.
 */
export function keepCertificates(tx: Transaction, presented: readonly PresentedCertificate[]): Share[] {
  return presented.flatMap((certificate) => keepOne(tx, certificate));
}

function keepOne(tx: Transaction, { fingerprint, siteId, caller, at, der }: PresentedCertificate): Share[] {
  const place = { siteId: siteId ?? noSite, caller: callers.indexOf(caller) };
  const own: Share = { siteId: place.siteId, lane: place.caller, count: 1 };
  const isThis = eq(ledgerCertificates.fingerprint, fingerprint);
  const { siteId: ownerId, caller: rank, lastAt } = ledgerCertificates;
  const known = tx.select({ siteId: ownerId, caller: rank, lastAt }).from(ledgerCertificates).where(isThis).get();
  if (known === undefined) {
    const facts = readFacts(Buffer.from(der, "base64"));
    if (facts === null) return [];
    tx.insert(ledgerCertificates)
      .values({ fingerprint, ...place, lastAt: new Date(at), ...facts })
      .run();
    return [own];
  }
  if (place.caller > known.caller) return [];
  if (place.caller < known.caller) {
    tx.update(ledgerCertificates)
      .set({ ...place, lastAt: new Date(at) })
      .where(isThis)
      .run();
    return [{ siteId: known.siteId, lane: known.caller, count: -1 }, own];
  }
  if (at - known.lastAt.getTime() > freshMs)
    tx.update(ledgerCertificates)
      .set({ lastAt: new Date(at) })
      .where(isThis)
      .run();
  return [];
}

/** Read by Node alone, a tenth of the cost of taking every extension apart: strangers choose how many there are. */
function readFacts(der: Buffer) {
  try {
    const x509 = new X509Certificate(der);
    // A stranger's date can be none: as no row may lack one, it would take the whole batch down with it.
    const validity = validityOf(x509);
    if (Object.values(validity).some((date) => Number.isNaN(date.getTime()))) return null;
    return {
      subject: nameOnOneLine(x509.subject),
      issuer: nameOnOneLine(x509.issuer),
      commonName: commonNameOf(x509.subject),
      serial: escaped(x509.serialNumber),
      ...validity,
      names: escaped(x509.subjectAltName ?? ""),
      extendedKeyUsage: x509.keyUsage === undefined ? null : escaped(x509.keyUsage.join(", ")),
      key: keyOf(x509),
      isCa: x509.ca,
      der,
    };
  } catch {
    return null;
  }
}

function commonNameOf(subject: string | undefined): string | null {
  const line = subject?.split("\n").find((text) => text.startsWith("CN="));
  return line === undefined ? null : escaped(line.slice(3));
}

function keyOf(x509: X509Certificate): string {
  try {
    return describeKey(keyFacts(x509.publicKey));
  } catch {
    return "unknown";
  }
}
