/** What was decided about a client's certificate: the fixed vocabulary of logs, metrics and pages. */
export const clientVerdicts = [
  "CLIENT_CERT_VERIFIED",
  "CLIENT_CERT_MISSING",
  "CLIENT_CERT_UNTRUSTED",
  "CLIENT_CERT_SELF_SIGNED",
  "CLIENT_CERT_EXPIRED",
  "CLIENT_CERT_NOT_YET_VALID",
  "CLIENT_CERT_WRONG_PURPOSE",
  "CLIENT_CERT_WEAK",
  "CLIENT_CERT_CHAIN_TOO_LONG",
  "CLIENT_CERT_INVALID",
  "HOST_SNI_MISMATCH",
  "CREDENTIALS_UNUSABLE",
] as const;

/** What came of the sensor's own call to the origin: the fixed vocabulary of logs, metrics and pages. */
export const upstreamVerdicts = [
  "ORIGIN_OK",
  "ORIGIN_REFUSED_CLIENT_CERT",
  "ORIGIN_CERT_UNTRUSTED",
  "ORIGIN_CERT_NAME_MISMATCH",
  "ORIGIN_CERT_EXPIRED",
  "ORIGIN_UNREACHABLE",
  "ORIGIN_TIMEOUT",
  "ORIGIN_PROTOCOL_ERROR",
] as const;

/** What the ledger says where neither a client's nor the origin's certificate decided. */
export const otherVerdicts = [
  "CLIENT_CERT_NOT_ASKED",
  "CLIENT_CERT_NOT_JUDGED",
  "SERVER_NAME_MISSING",
  "SERVER_NAME_UNKNOWN",
  "HELLO_MALFORMED",
  "HANDSHAKE_FAILED",
  "REQUEST_REFUSED",
] as const;

/** Everything a row of the ledger may say. */
export const ledgerVerdicts = [...clientVerdicts, ...upstreamVerdicts, ...otherVerdicts] as const;

export type ClientVerdict = (typeof clientVerdicts)[number];
/** What is said of a client that was asked for a certificate and not held to it; not judged: there is no CA to judge it by. */
export type ObservedVerdict = ClientVerdict | "CLIENT_CERT_NOT_JUDGED";
export type UpstreamVerdict = (typeof upstreamVerdicts)[number];
export type LedgerVerdict = (typeof ledgerVerdicts)[number];

/** Whether a verdict keeps a client out where certificates are demanded. */
export function isHeldAgainst(verdict: LedgerVerdict): boolean {
  return verdict !== "CLIENT_CERT_VERIFIED" && clientVerdicts.some((held) => held === verdict);
}

/** Whether the origin's side decided, not the client's. */
export function isUpstreamVerdict(verdict: LedgerVerdict): verdict is UpstreamVerdict {
  return upstreamVerdicts.some((upstream) => upstream === verdict);
}
