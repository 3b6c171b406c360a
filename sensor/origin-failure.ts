import type { UpstreamVerdict } from "#lib/site/verdict.ts";
import { codeOf } from "#sensor/dial-error.ts";

/** What went wrong between the sensor and the origin; `reason` is for the log. */
export type OriginFailure = { status: 502 | 504; verdict: Exclude<UpstreamVerdict, "ORIGIN_OK">; reason: string };

/** Judges an error of dialling, of the TLS handshake or of the exchange by its code. */
export function originFailureOf(error: unknown): OriginFailure {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message.slice(0, 500) : String(error);
  const reason = code === "" ? message : `${code}: ${message}`;
  const verdict = verdictOf(code);
  return { status: verdict === "ORIGIN_TIMEOUT" ? 504 : 502, verdict, reason };
}

function verdictOf(code: string): OriginFailure["verdict"] {
  if (code === "dial.timeout" || code === "ETIMEDOUT") return "ORIGIN_TIMEOUT";
  if (code.startsWith("dial.") || unreachable.has(code)) return "ORIGIN_UNREACHABLE";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID" || code === "HOSTNAME_MISMATCH") return "ORIGIN_CERT_NAME_MISMATCH";
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") return "ORIGIN_CERT_EXPIRED";
  if (untrusted.has(code)) return "ORIGIN_CERT_UNTRUSTED";
  // In TLS 1.3 the alert comes with the first read after the handshake; a mere reset says nothing about certificates.
  if (certificateAlerts.test(code)) return "ORIGIN_REFUSED_CLIENT_CERT";
  return "ORIGIN_PROTOCOL_ERROR";
}

const certificateAlerts =
  /^ERR_SSL_.*_ALERT_(NO_CERTIFICATE|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_REVOKED|CERTIFICATE_EXPIRED|CERTIFICATE_UNKNOWN|CERTIFICATE_REQUIRED|UNKNOWN_CA|ACCESS_DENIED)$/;

const unreachable = new Set([
  "EADDRNOTAVAIL",
  "EAFNOSUPPORT",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "EINVAL",
  "ENETDOWN",
  "ENETUNREACH",
  "ENOTFOUND",
]);

/** What OpenSSL says of a chain it will not take (X509_V_ERR_*), as Node names it. */
const untrusted = new Set([
  "AKID_ISSUER_SERIAL_MISMATCH",
  "AKID_SKID_MISMATCH",
  "CA_KEY_TOO_SMALL",
  "CA_MD_TOO_WEAK",
  "CERT_CHAIN_TOO_LONG",
  "CERT_REJECTED",
  "CERT_REVOKED",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "EE_KEY_TOO_SMALL",
  "ERROR_IN_CERT_NOT_AFTER_FIELD",
  "ERROR_IN_CERT_NOT_BEFORE_FIELD",
  "INVALID_CA",
  "INVALID_EXTENSION",
  "INVALID_NON_CA",
  "INVALID_PURPOSE",
  "KEYUSAGE_NO_CERTSIGN",
  "PATH_LENGTH_EXCEEDED",
  "PERMITTED_VIOLATION",
  "EXCLUDED_VIOLATION",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "SUBJECT_ISSUER_MISMATCH",
  "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY",
  "UNABLE_TO_DECRYPT_CERT_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNHANDLED_CRITICAL_EXTENSION",
  "UNSPECIFIED",
]);
