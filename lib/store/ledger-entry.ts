import type { Caller } from "#lib/site/caller.ts";
import type { LedgerVerdict } from "#lib/site/verdict.ts";

/** A client's handshake, a request that the sensor itself answered with 4xx or 5xx, or a call to the origin that failed. */
export type LedgerKind = "handshake" | "request" | "origin";

/** One event as a worker saw it, on its way to the ledger. Texts are as they came; the writer escapes and shortens them. */
export type LedgerEntry = {
  /** Milliseconds since 1970. */
  at: number;
  /** Null: no site was found. */
  siteId: string | null;
  kind: LedgerKind;
  verdict: LedgerVerdict;
  isRefused: boolean;
  caller: Caller;
  address: string;
  serverName?: string | null | undefined;
  protocol?: string | null | undefined;
  cipher?: string | null | undefined;
  alpn?: string | null | undefined;
  certificate?: { fingerprint: string; subject: string } | null | undefined;
  /** Fingerprints of the issuers the client sent, in order. */
  chain?: string[] | undefined;
  /** OpenSSL's or the system's own word. */
  code?: string | null | undefined;
  reason?: string | null | undefined;
  status?: number | null | undefined;
  requestId?: string | null | undefined;
  originAddress?: string | null | undefined;
  revision?: number | null | undefined;
};

/** A certificate that came with an entry of the batch: DER in base64, at most `mostDerBytes`. */
export type PresentedCertificate = { fingerprint: string; siteId: string | null; caller: Caller; at: number; der: string };

/** What a worker hands over at a time, plain JSON. */
export type LedgerBatch = {
  entries: LedgerEntry[];
  certificates: PresentedCertificate[];
  /** Entries that found no room in the worker, by site. */
  dropped: { siteId: string | null; count: number }[];
};

/** Larger certificates are not kept; their rows say fingerprint and subject alone. */
export const mostDerBytes = 8_192;

/** Issuers kept of one presented chain. */
export const mostIssuers = 6;
