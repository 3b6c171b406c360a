import path from "node:path";
import { onTestFinished } from "vitest";
import { openConnection } from "#lib/store/connection.ts";
import type { LedgerBatch, LedgerEntry } from "#lib/store/ledger-entry.ts";
import { createLedgerWriter, type LedgerWriterOptions } from "#lib/store/ledger-writer.ts";
import { accepted, storeFixture } from "#lib/store/store-fixture.ts";

/** For tests: the moment at which entries happen unless they say otherwise. */
export const noon = Date.UTC(2026, 10, 23, 12);

/** For tests: a refused handshake without a certificate, and what is changed in it. */
export function entryOf(changes: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    at: noon,
    siteId: "one",
    kind: "handshake",
    verdict: "CLIENT_CERT_MISSING",
    isRefused: true,
    caller: "none",
    address: "192.0.2.1",
    ...changes,
  };
}

/** For tests: a handshake that showed this certificate. */
export function shown(fingerprint: string, changes: Partial<LedgerEntry> = {}): LedgerEntry {
  const certificate = { fingerprint, subject: `CN=${fingerprint}` };
  return entryOf({ verdict: "CLIENT_CERT_VERIFIED", isRefused: false, caller: "verified", certificate, ...changes });
}

export function batchOf(entries: LedgerEntry[], rest: Partial<LedgerBatch> = {}): LedgerBatch {
  return { entries, certificates: [], dropped: [], ...rest };
}

/** For tests: both stores, a site of the first tenant and one of another, and a ledger's writer on the same files. */
export async function ledgerFixture(options: Partial<LedgerWriterOptions> = {}) {
  const fixture = await storeFixture();
  const faults: unknown[] = [];
  const writer = openWriter();
  const { siteId } = accepted(await fixture.save({ hostName: "shop.test" }));
  return { ...fixture, writer, openWriter, faults, siteId, ledger: fixture.store.ledger };

  function openWriter() {
    const connection = openConnection(path.join(fixture.dataDir, "sensor.db"), { isReadonly: false, busyTimeoutMs: 50 });
    onTestFinished(() => connection.close());
    return createLedgerWriter(connection, { days: 30, now: () => noon, onFault: (failure) => faults.push(failure), ...options });
  }
}
