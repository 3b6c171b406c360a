import type { X509Certificate } from "node:crypto";
import { type Caller, callers } from "#lib/site/caller.ts";
import { type LedgerBatch, type LedgerEntry, mostDerBytes, mostIssuers, type PresentedCertificate } from "#lib/store/ledger-entry.ts";

/** A certificate that came with an entry, and its issuers as the client sent them. */
export type Presented = { leaf: X509Certificate; issuers: readonly X509Certificate[] };

/** A process' events on their way to the writer. Nothing here waits: what finds no room is dropped and counted. */
export type Ledger = {
  add(entry: LedgerEntry, presented?: Presented): void;
  /** Hands over what is left, for a while. */
  drain(): Promise<void>;
};

export type LedgerOptions = {
  /** Resolves when the writer has dealt with the batch, rejects when nobody took it: until then no other is sent. */
  send: (batch: LedgerBatch) => Promise<void>;
  onDropped: (reason: "queue" | "writer", count: number) => void;
  pauseMs?: number;
  drainMs?: number;
};

/** Between two batches. */
const pauseMs = 250;
/** A message of more would hold up the primary. */
const mostAtOnce = 1_000;
/** Entries and certificates that may wait, by caller: strangers leave the partners their room here too. */
const mostWaiting: Record<Caller, { entries: number; certificates: number }> = {
  verified: { entries: 2_000, certificates: 500 },
  known: { entries: 500, certificates: 200 },
  stranger: { entries: 500, certificates: 200 },
  none: { entries: 1_000, certificates: 0 },
};
const drainMs = 3_000;

export function createLedger(options: LedgerOptions): Ledger {
  const { send, onDropped, pauseMs: every = pauseMs } = options;
  const waiting: LedgerEntry[] = [];
  const counts: Record<Caller, number> = { verified: 0, known: 0, stranger: 0, none: 0 };
  const dropped = new Map<string | null, number>();
  const certificates = new Map<string, PresentedCertificate>();
  const certificateCounts = { ...counts };
  let sending: Promise<boolean> | null = null;
  let timer: NodeJS.Timeout | null = null;

  return { add, drain };

  function add(entry: LedgerEntry, presented?: Presented): void {
    const { caller, siteId } = entry;
    if (counts[caller] >= mostWaiting[caller].entries) {
      onDropped("queue", 1);
      drop(siteId, 1);
    } else {
      counts[caller] += 1;
      waiting.push(entry);
      if (presented !== undefined) addCertificates(entry, presented);
    }
    timer ??= setTimeout(flush, every);
  }

  /** The leaf that was judged, then as many issuers as an honest chain has; the fingerprints of these go into the entry. */
  function addCertificates(entry: LedgerEntry, { leaf, issuers }: Presented): void {
    if (entry.certificate) keep(entry.certificate.fingerprint, leaf, entry);
    if (issuers.length > 0) entry.chain = issuers.slice(0, mostIssuers).map((issuer) => keep(fingerprintOf(issuer), issuer, entry));
  }

  function keep(fingerprint: string, x509: X509Certificate, { siteId, caller, at }: LedgerEntry): string {
    const known = certificates.get(fingerprint);
    const isBetter = known !== undefined && callers.indexOf(caller) < callers.indexOf(known.caller);
    if (isBetter) Object.assign(known, { siteId, caller });
    if (known !== undefined || certificateCounts[caller] >= mostWaiting[caller].certificates) return fingerprint;
    const { raw } = x509;
    if (raw.length > mostDerBytes) return fingerprint;
    certificateCounts[caller] += 1;
    certificates.set(fingerprint, { fingerprint, siteId, caller, at, der: raw.toString("base64") });
    return fingerprint;
  }

  function flush(): void {
    timer = null;
    if (sending === null && (waiting.length > 0 || dropped.size > 0)) sending = sendBatch(takeBatch());
  }

  /** Answers whether anybody took it; what nobody took is told as dropped with the next. */
  async function sendBatch(batch: LedgerBatch): Promise<boolean> {
    const isTaken = await send(batch).then(
      () => true,
      () => false,
    );
    if (!isTaken) {
      onDropped("writer", batch.entries.length);
      for (const { siteId } of batch.entries) drop(siteId, 1);
      for (const { siteId, count } of batch.dropped) drop(siteId, count);
    }
    sending = null;
    if (waiting.length > 0 || dropped.size > 0) timer ??= setTimeout(flush, waiting.length >= mostAtOnce ? 0 : every);
    return isTaken;
  }

  function drop(siteId: string | null, count: number): void {
    const place = dropped.has(siteId) || dropped.size < 1_000 ? siteId : null;
    dropped.set(place, (dropped.get(place) ?? 0) + count);
  }

  function takeBatch(): LedgerBatch {
    const entries = waiting.splice(0, mostAtOnce);
    for (const { caller } of entries) counts[caller] -= 1;
    const batch = {
      entries,
      certificates: [...certificates.values()],
      dropped: [...dropped].map(([siteId, count]) => ({ siteId, count })),
    };
    certificates.clear();
    Object.assign(certificateCounts, { verified: 0, known: 0, stranger: 0, none: 0 });
    dropped.clear();
    return batch;
  }

  async function drain(): Promise<void> {
    const patience = AbortSignal.timeout(options.drainMs ?? drainMs);
    const late = new Promise<boolean>((resolve) => patience.addEventListener("abort", () => resolve(false)));
    for (let isTaken = true; isTaken; ) {
      if (timer !== null) clearTimeout(timer);
      flush();
      isTaken = sending !== null && (await Promise.race([sending, late]));
    }
  }
}

function fingerprintOf(x509: X509Certificate): string {
  return x509.fingerprint256.replaceAll(":", "").toLowerCase();
}
