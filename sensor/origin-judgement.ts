import type { OriginOutcome } from "#lib/channel/origin-test.ts";
import type { UpstreamVerdict } from "#lib/site/verdict.ts";
import type { Exchange } from "#sensor/origin-exchange.ts";

/** What two exchanges say together; `reason` is the alert or code of what failed. */
export type Judgement = { outcome: OriginOutcome; verdict: UpstreamVerdict; reason: string | null };

/** `shown` is the exchange with the client certificate, null when there was none; `isAsked` null where that is not known. */
export type Evidence = { isTls: boolean; isAsked: boolean | null; bare: Exchange; shown: Exchange | null };

/** Judges how an origin treats callers with and without the client certificate; where both answers fit, it cannot tell. */
export function judgeOrigin(evidence: Evidence): Judgement {
  const { bare, shown } = evidence;
  return shown === null ? judgeBare(bare, evidence) : judgeBoth(bare, shown, evidence.isAsked);
}

/** Whether the failing exchange leaves it to the one with a certificate to say more. */
export function isRefusal(exchange: Exchange, isAsked: boolean | null): boolean {
  if (exchange.kind === "answered") return exchange.isCertificateRefused;
  if (exchange.failure.verdict === "ORIGIN_REFUSED_CLIENT_CERT") return true;
  // TLS 1.2 has no alert of its own for a missing certificate (RFC 5246 §7.4.6), and some servers close without any.
  return (exchange.alert === "handshake_failure" && isAsked !== false) || (exchange.isClosed && isAsked === true);
}

function judgeBare(bare: Exchange, { isTls, isAsked }: Evidence): Judgement {
  if (isTls && isRefusal(bare, isAsked))
    return { outcome: "demands-certificate", verdict: "ORIGIN_REFUSED_CLIENT_CERT", reason: reasonOf(bare) };
  if (bare.kind === "failed") return failed(bare);
  return { outcome: isTls ? "answers" : "answers-in-plain", verdict: "ORIGIN_OK", reason: null };
}

function judgeBoth(bare: Exchange, shown: Exchange, isAsked: boolean | null): Judgement {
  if (isRefusal(shown, isAsked)) return { outcome: "asks-and-refuses", verdict: "ORIGIN_REFUSED_CLIENT_CERT", reason: reasonOf(shown) };
  if (shown.kind === "failed") return failed(shown);
  const done = (outcome: OriginOutcome): Judgement => ({ outcome, verdict: "ORIGIN_OK", reason: reasonOf(bare) });
  if (isAsked === false) return done("never-asks");
  if (isRefusal(bare, isAsked)) return done("asks-and-accepts");
  if (bare.kind === "failed") return done("cannot-tell");
  if (!isForbidden(bare)) return done("accepts-without");
  return done(isForbidden(shown) ? "cannot-tell" : "asks-and-accepts");
}

/** Where the origin asked, these may be about the certificate, or about the person who would sign in. */
function isForbidden(exchange: Exchange): boolean {
  return exchange.kind === "answered" && (exchange.status === 401 || exchange.status === 403);
}

function failed(exchange: Extract<Exchange, { kind: "failed" }>): Judgement {
  return { outcome: "failed", verdict: exchange.failure.verdict, reason: reasonOf(exchange) };
}

function reasonOf(exchange: Exchange): string | null {
  if (exchange.kind === "answered") return null;
  return exchange.alert ?? exchange.failure.reason;
}
