import type { TLSSocket } from "node:tls";
import { callerOf } from "#lib/site/caller.ts";
import type { ClientVerdict, LedgerVerdict } from "#lib/site/verdict.ts";
import type { LedgerEntry } from "#lib/store/ledger-entry.ts";
import type { Alert } from "#sensor/alert.ts";
import type { Connection } from "#sensor/connection.ts";
import type { Exchange } from "#sensor/exchange.ts";
import type { Seen } from "#sensor/identity.ts";
import type { Ledger } from "#sensor/ledger.ts";
import type { Outcome } from "#sensor/passage.ts";
import type { Judged } from "#sensor/site-server.ts";
import type { Tally } from "#sensor/tally.ts";

/** Where a handshake or request belongs; null: no site was found. */
type Place = { siteId: string | null; revision?: number | undefined };

/** A request that the sensor itself answered. */
export type Refusal = Place & {
  /** Null: the stream was refused without an answer. */
  status: number | null;
  connection: Pick<Connection, "address">;
  seen?: Seen | null | undefined;
  /** Where certificate or host name decided. */
  verdict?: ClientVerdict | undefined;
  /** In words, where the verdict does not say it. */
  reason?: string | undefined;
};

/** What a hello turned out to be whose client got an alert and no certificate. */
export type Rejection = Place & { alert: Alert; serverName?: string | null; reason?: string };

/** Tells the ledger and the counters what happened; costs the caller some assignments, never a wait. */
export type Recorder = {
  /** Only within the `secureConnection` listener: later the socket's getters crash the process. */
  handshake(place: Place, connection: Connection, judged: Judged & { socket: TLSSocket }): void;
  handshakeFailed(place: Place, connection: Connection | undefined, failure: Error): void;
  turnedAway(connection: Connection, rejection: Rejection): void;
  refused(exchange: Pick<Exchange, "requestId" | "request">, refusal: Refusal): void;
  /** An admitted request is over; `startedAt` is when it was admitted, on the monotonic clock. */
  done(
    exchange: Exchange,
    passed: Place & { siteId: string; connection: Connection; seen: Seen | null; startedAt: number },
    outcome: Outcome,
  ): void;
  /** Bytes that were no request were answered. */
  spoiled(refusal: Refusal & { requestId: string; code: string | undefined }): void;
};

export type RecorderOptions = {
  /** Null: none is kept. */
  ledger: Ledger | null;
  tally: Tally;
  /** Wall clock in milliseconds. */
  now: () => number;
};

export function createRecorder({ ledger, tally, now }: RecorderOptions): Recorder {
  return { handshake, handshakeFailed, turnedAway, refused, done, spoiled };

  function handshake(
    place: Place,
    connection: Connection,
    { socket, identity, seen, evidence }: Parameters<Recorder["handshake"]>[2],
  ): void {
    const verdict: LedgerVerdict = seen?.verdict ?? "CLIENT_CERT_NOT_ASKED";
    // The counters say what was decided, and alarms hang on them: of those who are only observed nothing was.
    tally.handshake(place.siteId, identity === null && seen !== null ? "CLIENT_CERT_NOT_JUDGED" : verdict);
    tally.observe("handshake", performance.now() - connection.since);
    const entry: LedgerEntry = {
      ...place,
      at: now(),
      kind: "handshake",
      verdict,
      isRefused: identity !== null && identity.verdict !== "CLIENT_CERT_VERIFIED",
      caller: callerOf(seen),
      address: connection.address,
      serverName: socket.servername || null,
      protocol: socket.getProtocol(),
      cipher: socket.getCipher().name,
      alpn: socket.alpnProtocol || null,
      certificate: seen?.certificate,
      code: seen?.code,
    };
    ledger?.add(entry, evidence.leaf === null || seen === null ? undefined : { leaf: evidence.leaf, issuers: evidence.presented });
  }

  function handshakeFailed(place: Place, connection: Connection | undefined, failure: NodeJS.ErrnoException): void {
    add("handshake", {
      ...place,
      verdict: "HANDSHAKE_FAILED",
      address: connection?.address ?? "",
      code: failure.code,
      reason: failure.message,
    });
  }

  function turnedAway({ address }: Connection, { alert, siteId, revision, serverName = null, reason }: Rejection): void {
    add("handshake", { siteId, revision, verdict: verdictOf(alert, serverName), address, serverName, reason });
  }

  function refused({ requestId, request }: Pick<Exchange, "requestId" | "request">, refusal: Refusal): void {
    tally.request(refusal.siteId, refusal.status);
    if (refusal.status !== null && refusal.status < 400) return;
    const asked = request.headers[":authority"] ?? request.headers.host;
    add("request", { ...aboutRefusal(refusal), requestId, serverName: typeof asked === "string" ? asked : null });
  }

  function spoiled(refusal: Parameters<Recorder["spoiled"]>[0]): void {
    tally.request(refusal.siteId, refusal.status);
    add("request", { ...aboutRefusal(refusal), requestId: refusal.requestId, code: refusal.code });
  }

  function done(exchange: Exchange, passed: Parameters<Recorder["done"]>[1], outcome: Outcome): void {
    const { siteId, revision, connection, seen, startedAt } = passed;
    const { status, verdict, reason, originMs, originAddress } = outcome;
    tally.request(siteId, status);
    if (status !== null && status !== 101) tally.observe("request", performance.now() - startedAt);
    if (originMs !== undefined) tally.observe("origin", originMs);
    if (verdict === "ORIGIN_OK" || (verdict === null && (status === null || status < 400))) return;
    const about = { siteId, revision, address: connection.address, caller: callerOf(seen), certificate: seen?.certificate };
    const answered = { ...about, requestId: exchange.requestId, status, reason };
    if (verdict === null) add("request", { ...answered, verdict: "REQUEST_REFUSED" });
    else {
      tally.originFailure(siteId, verdict);
      add("origin", { ...answered, verdict, originAddress });
    }
  }

  function add(kind: LedgerEntry["kind"], about: Omit<LedgerEntry, "at" | "kind" | "isRefused" | "caller"> & Partial<LedgerEntry>): void {
    if (kind === "handshake") tally.handshake(about.siteId, about.verdict);
    ledger?.add({ at: now(), kind, isRefused: true, caller: "none", ...about });
  }
}

function aboutRefusal({ siteId, revision, status, connection, seen = null, verdict, reason }: Refusal) {
  const { certificate, code } = seen ?? { certificate: null, code: null };
  return {
    siteId,
    revision,
    status,
    address: connection.address,
    caller: callerOf(seen),
    certificate,
    code,
    verdict: verdict ?? "REQUEST_REFUSED",
    reason,
  } as const;
}

function verdictOf(alert: Alert, serverName: string | null): LedgerVerdict {
  if (alert === "decodeError") return "HELLO_MALFORMED";
  if (alert === "internalError") return "CREDENTIALS_UNUSABLE";
  return serverName === null ? "SERVER_NAME_MISSING" : "SERVER_NAME_UNKNOWN";
}
