import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { isSignedBy } from "#lib/pki/issued.ts";
import { nameOnOneLine } from "#lib/pki/name.ts";
import { isWeak } from "#lib/pki/strength.ts";
import { validityOf } from "#lib/pki/validity.ts";
import type { ClientVerdict, ObservedVerdict } from "#lib/site/verdict.ts";

/**
 * What a handshake showed about the client, judged once in `secureConnection` and kept for every request after it.
 * The TLS socket is never asked again: its getters crash the process once a failed connection is closing.
 */
export type Identity = {
  /** Holds at the time of the handshake; `judgeNow` adds the clock. */
  verdict: ClientVerdict;
  certificate: { subject: string; fingerprint: string; notBefore: number; notAfter: number } | null;
  /** OpenSSL's own word for the log, `REUSED` for a resumed session. */
  code: string | null;
};

/** Who the client of a handshake was seen to be, for logs and ledger alone: nobody is ever admitted by it. */
export type Seen = Omit<Identity, "verdict"> & { verdict: ObservedVerdict };

/** What `judge` looks at, so that every verdict can be tested without a socket. */
export type Evidence = {
  isAuthorized: boolean;
  isReused: boolean;
  code: string | null;
  leaf: X509Certificate | null;
  /** Issuers the client sent, in order. Empty after a successful verification: Node then shows the leaf only. */
  presented: X509Certificate[];
};

/** Reads the evidence off a socket; for the `secureConnection` listener only. */
export function readEvidence(socket: TLSSocket): Evidence {
  const leaf = socket.getPeerX509Certificate() ?? null;
  const error: unknown = socket.authorizationError;
  return {
    isAuthorized: socket.authorized === true,
    isReused: socket.isSessionReused() === true,
    code: typeof error === "string" ? error : null,
    leaf,
    presented: leaf === null ? [] : issuersOf(leaf),
  };
}

/**
 * The verdict on a handshake against the CAs of the site. Authenticated is only who was authorised by OpenSSL, showed a
 * certificate and did not resume: a resumed session proves what was believed then, not now (CVE-2025-68121, -23419).
 */
export function judgeIdentity(evidence: Evidence, anchors: readonly X509Certificate[]): Identity {
  const { leaf } = evidence;
  const code = evidence.isReused ? "REUSED" : evidence.code;
  if (leaf === null) return { verdict: "CLIENT_CERT_MISSING", certificate: null, code };
  return { verdict: verdictOf(evidence, leaf, anchors), certificate: factsOf(leaf), code };
}

/**
 * What is said of a client that is observed: the verdict it would get under these CAs, and without any no verdict on its
 * certificate, for nobody was asked. Never throws: whatever a client shows here, its connection goes on.
 */
export function observeClient(socket: TLSSocket, anchors: readonly X509Certificate[]): { seen: Seen; evidence: Evidence } {
  try {
    const evidence = readEvidence(socket);
    const { leaf } = evidence;
    if (leaf === null || anchors.length > 0) return { evidence, seen: judgeIdentity(evidence, anchors) };
    return { evidence, seen: { verdict: "CLIENT_CERT_NOT_JUDGED", certificate: factsOf(leaf), code: null } };
  } catch {
    const evidence = { isAuthorized: false, isReused: false, code: null, leaf: null, presented: [] };
    return { evidence, seen: { verdict: "CLIENT_CERT_INVALID", certificate: null, code: null } };
  }
}

/** The verdict as of this moment: a connection outlives the certificate it was opened with (RFC 5280 §4.1.2.5). */
export function judgeNow(identity: Identity, now: number): ClientVerdict {
  if (identity.verdict !== "CLIENT_CERT_VERIFIED") return identity.verdict;
  if (identity.certificate === null) return "CLIENT_CERT_MISSING";
  // Asked so that a date that is none refuses.
  if (!(now <= identity.certificate.notAfter)) return "CLIENT_CERT_EXPIRED";
  if (!(now >= identity.certificate.notBefore)) return "CLIENT_CERT_NOT_YET_VALID";
  return "CLIENT_CERT_VERIFIED";
}

function factsOf(leaf: X509Certificate): Identity["certificate"] {
  const { notBefore, notAfter } = validityOf(leaf);
  return {
    subject: nameOnOneLine(leaf.subject),
    fingerprint: leaf.fingerprint256.replaceAll(":", "").toLowerCase(),
    notBefore: notBefore.getTime(),
    notAfter: notAfter.getTime(),
  };
}

function verdictOf(evidence: Evidence, leaf: X509Certificate, anchors: readonly X509Certificate[]): ClientVerdict {
  if (evidence.isAuthorized && !evidence.isReused && evidence.code === null) return "CLIENT_CERT_VERIFIED";
  if (evidence.isReused) return "CLIENT_CERT_INVALID";
  if (evidence.presented.length >= longestChain) return "CLIENT_CERT_CHAIN_TOO_LONG";
  // OpenSSL reports one error of several: what the signatures say comes first, else a forgery reads as "expired".
  if (!leadsToAnchor(leaf, evidence.presented, anchors)) return isSelfSigned(leaf) ? "CLIENT_CERT_SELF_SIGNED" : "CLIENT_CERT_UNTRUSTED";
  return verdictOfCode(evidence.code ?? "") ?? ([leaf, ...evidence.presented].some(isWeak) ? "CLIENT_CERT_WEAK" : "CLIENT_CERT_INVALID");
}

function verdictOfCode(code: string): ClientVerdict | undefined {
  return verdicts[code];
}

const verdicts: Record<string, ClientVerdict> = {
  CERT_HAS_EXPIRED: "CLIENT_CERT_EXPIRED",
  CERT_NOT_YET_VALID: "CLIENT_CERT_NOT_YET_VALID",
  INVALID_PURPOSE: "CLIENT_CERT_WRONG_PURPOSE",
  PATH_LENGTH_EXCEEDED: "CLIENT_CERT_CHAIN_TOO_LONG",
  CERT_CHAIN_TOO_LONG: "CLIENT_CERT_CHAIN_TOO_LONG",
  DEPTH_ZERO_SELF_SIGNED_CERT: "CLIENT_CERT_SELF_SIGNED",
  SELF_SIGNED_CERT_IN_CHAIN: "CLIENT_CERT_UNTRUSTED",
  UNABLE_TO_GET_ISSUER_CERT: "CLIENT_CERT_UNTRUSTED",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "CLIENT_CERT_UNTRUSTED",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "CLIENT_CERT_UNTRUSTED",
  CERT_SIGNATURE_FAILURE: "CLIENT_CERT_UNTRUSTED",
};

/** OpenSSL's verification depth: a hundred certificates between leaf and anchor. */
const longestChain = 100;
/** A stranger chooses how many signatures we check: an honest way to a CA is a few steps. */
const mostSignatures = 8;

function leadsToAnchor(leaf: X509Certificate, presented: readonly X509Certificate[], anchors: readonly X509Certificate[]): boolean {
  let checks = 0;
  const seen = new Set<X509Certificate>();
  return climb(leaf);

  function climb(certificate: X509Certificate): boolean {
    if (anchors.some((anchor) => certificate.raw.equals(anchor.raw) || isIssuedBy(certificate, anchor))) return true;
    seen.add(certificate);
    return presented.some((issuer) => !seen.has(issuer) && isIssuedBy(certificate, issuer) && climb(issuer));
  }

  function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
    if (certificate.issuer !== issuer.subject || checks >= mostSignatures) return false;
    checks += 1;
    return isSignedBy(certificate, issuer);
  }
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.issuer === certificate.subject && isSignedBy(certificate, certificate);
}

function issuersOf(leaf: X509Certificate): X509Certificate[] {
  const issuers: X509Certificate[] = [];
  for (let next = leaf.issuerCertificate; next !== undefined && issuers.length < longestChain; next = next.issuerCertificate)
    issuers.push(next);
  return issuers;
}
