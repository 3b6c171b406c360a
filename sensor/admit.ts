import type { ClientVerdict } from "#lib/site/verdict.ts";
import { type Identity, judgeNow } from "#sensor/identity.ts";

/** Everything the decision on one HTTPS request rests on; all of it as of the moment the request began. */
export type Question = {
  /** What the handshake showed; null when nothing was recorded, which is never admitted where a certificate is demanded. */
  identity: Identity | null;
  /** Whether the site's current revision demands a client certificate; null when no revision of it can be served. */
  isCertificateRequired: boolean | null;
  /** The site every name in the request resolves to, null for none, and the site the handshake's SNI chose. */
  requestedSiteId: string | null;
  handshakeSiteId: string;
  now: number;
};

export type Decision =
  | { isAdmitted: true; verdict: "CLIENT_CERT_VERIFIED" | null }
  | { isAdmitted: false; status: 403 | 421 | 503; verdict: ClientVerdict };

/**
 * The one decision on a request, pure. Without a positive reason the answer is no: first whether the site can be served
 * at all, then who asks, then for what name (RFC 9110 §7.4: 421 for a name the connection was not made for).
 */
export function admit(question: Question): Decision {
  const { identity, isCertificateRequired, now } = question;
  if (isCertificateRequired === null) return { isAdmitted: false, status: 503, verdict: "CREDENTIALS_UNUSABLE" };
  if (isCertificateRequired) {
    const verdict = identity === null ? "CLIENT_CERT_MISSING" : judgeNow(identity, now);
    if (verdict !== "CLIENT_CERT_VERIFIED") return { isAdmitted: false, status: 403, verdict };
  }
  if (question.requestedSiteId !== question.handshakeSiteId) return { isAdmitted: false, status: 421, verdict: "HOST_SNI_MISMATCH" };
  return { isAdmitted: true, verdict: isCertificateRequired ? "CLIENT_CERT_VERIFIED" : null };
}
