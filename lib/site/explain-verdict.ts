import { explainChainLength, explainInvalid, explainPurpose, explainTime, explainWeakness } from "#lib/site/explain-certificate.ts";
import { explainSelfSigned, explainUntrusted } from "#lib/site/explain-issuer.ts";
import { explainOrigin } from "#lib/site/explain-origin.ts";
import { explainHandshakeFailure, explainRefusedRequest } from "#lib/site/explain-refusal.ts";
import { distance, type Explanation, explain, type Occurrence, quote, quoteAll } from "#lib/site/explanation.ts";
import { isHeldAgainst, isUpstreamVerdict, type LedgerVerdict, type UpstreamVerdict } from "#lib/site/verdict.ts";

/**
 * A verdict for somebody who is no expert: what is the case, found by comparing what was presented with the site's CAs, and
 * what to do next. Where that cannot be told from what is known it says so. It judges nothing: the verdict stands.
 */
export function explainVerdict(occurrence: Occurrence): Explanation {
  const said = explainJudgement(occurrence);
  if (!occurrence.isLetIn || !isHeldAgainst(occurrence.verdict)) return said;
  return {
    ...said,
    sentence: `${said.sentence} It was let in, because the site only observed its clients; Downstream mTLS would refuse it.`,
  };
}

function explainJudgement(occurrence: Occurrence): Explanation {
  const { verdict } = occurrence;
  if (isUpstreamVerdict(verdict)) return explainOrigin(occurrence, verdict);
  if (occurrence.leaf === null && verdict in lost) return explainUnseen(lost[verdict]);
  return explanations[verdict](occurrence);
}

const explanations: Record<Exclude<LedgerVerdict, UpstreamVerdict>, (occurrence: Occurrence) => Explanation> = {
  CLIENT_CERT_VERIFIED: explainAccepted,
  CLIENT_CERT_MISSING: explainMissing,
  CLIENT_CERT_UNTRUSTED: explainUntrusted,
  CLIENT_CERT_SELF_SIGNED: explainSelfSigned,
  CLIENT_CERT_EXPIRED: explainTime,
  CLIENT_CERT_NOT_YET_VALID: explainTime,
  CLIENT_CERT_WRONG_PURPOSE: explainPurpose,
  CLIENT_CERT_WEAK: explainWeakness,
  CLIENT_CERT_CHAIN_TOO_LONG: explainChainLength,
  CLIENT_CERT_INVALID: explainInvalid,
  CLIENT_CERT_NOT_ASKED: () =>
    explain(
      "not-asked",
      "nobody",
      "This site asked the client for no certificate, so anybody gets in.",
      "Nothing needs to be done. To admit only clients of your CAs, you turn on Downstream mTLS on the tab Settings.",
    ),
  CLIENT_CERT_NOT_JUDGED: () =>
    explain(
      "not-judged",
      "you",
      "The client showed a certificate. The site only observed its clients and had no CA to judge it by, so it was let in.",
      "To learn who would be refused, you paste your partners’ CAs into Downstream mTLS Credentials on the tab Settings and go on observing.",
    ),
  HOST_SNI_MISMATCH: () =>
    explain(
      "host-mismatch",
      "partner",
      "The request asked for another host name than the one its TLS connection was made for.",
      "Browsers that do this try again on a connection of their own, and then nothing needs to be done. Any other client: its owner makes the Host header and the name in the TLS handshake (SNI) the same.",
    ),
  CREDENTIALS_UNUSABLE: ({ reason }) =>
    reason === "The sites are not read yet."
      ? explain(
          "starting",
          "nobody",
          "The sensor had just started and did not know the sites yet.",
          "Nothing needs to be done while it lasts seconds. If it goes on, you look at the sensor’s log: it says what it cannot read.",
        )
      : explain(
          "credentials-unusable",
          "you",
          "This site could not be served: its certificate, key or CAs could not be used, so every client was refused.",
          "You open the tab Settings: its status says what is wrong. Replace the credentials it names, or restore an earlier revision on the tab History.",
        ),
  SERVER_NAME_MISSING: () =>
    explain(
      "name-missing",
      "partner",
      "The client did not say which host name it wants (no SNI), so there was no site to show it.",
      "The client’s owner connects by the host name, not by the IP address, with a client that sends SNI. Scanners do this all the time; nothing needs to be done about those.",
    ),
  SERVER_NAME_UNKNOWN: () =>
    explain(
      "name-unknown",
      "unclear",
      "The client asked for a host name that is no site here, or that of a site with SSL/TLS off.",
      "If the name is meant to work, you add a site for it or turn on SSL/TLS Enabled. Else the client’s owner corrects the name.",
    ),
  HELLO_MALFORMED: ({ reason }) =>
    reason?.startsWith("the first record is not")
      ? explain(
          "not-tls",
          "partner",
          "What the client sent to the HTTPS port was not TLS: perhaps plain HTTP.",
          "The client’s owner uses an address that begins with https://, or the HTTP port. Scanners do this all the time; nothing needs to be done about those.",
        )
      : explain(
          "hello-malformed",
          "partner",
          "The client’s first TLS message could not be read, so it was turned away.",
          "If this is a client that should work, its owner updates its TLS library and looks for a device in between that changes traffic. Scanners do this on purpose; nothing needs to be done about those.",
        ),
  HANDSHAKE_FAILED: explainHandshakeFailure,
  REQUEST_REFUSED: explainRefusedRequest,
};

/** What can be said of a certificate that nobody kept. */
const lost: Partial<Record<LedgerVerdict, string>> = {
  CLIENT_CERT_UNTRUSTED: "No CA of this site vouched for the client’s certificate.",
  CLIENT_CERT_SELF_SIGNED: "The client’s certificate was signed by itself, by no CA.",
  CLIENT_CERT_EXPIRED: "The client’s certificate, or a CA above it, had expired.",
  CLIENT_CERT_NOT_YET_VALID: "The client’s certificate, or a CA above it, was not valid yet.",
  CLIENT_CERT_WRONG_PURPOSE: "The client’s certificate, or a CA above it, was not meant for clients.",
  CLIENT_CERT_WEAK: "The client’s certificate, or a CA above it, had a key or a signature that is too weak.",
  CLIENT_CERT_CHAIN_TOO_LONG: "There were more CAs above the client’s certificate than are allowed.",
};

function explainUnseen(sentence: string | undefined): Explanation {
  return explain(
    "certificate-unknown",
    "unclear",
    `${sentence ?? ""} The certificate itself is not kept, so more cannot be told.`,
    "Ask the client’s owner for the certificate and compare it with the CAs of this site: openssl x509 -noout -text -in client.pem shows issuer, dates and purpose.",
  );
}

const soonDays = 30;
const day = 86_400_000;

function explainAccepted({ leaf, now }: Occurrence): Explanation {
  if (leaf === null)
    return explain("accepted", "nobody", "The client showed a certificate of one of this site’s CAs and was let in.", "Nothing to do.");
  const renewal = `The client’s owner has it renewed. As long as the same CA does it, you change nothing here.`;
  if (now > leaf.notAfter)
    return explain(
      "accepted-expired",
      "partner",
      `${quote(leaf)} was accepted then. It expired ${distance(now, leaf.notAfter)} ago and is refused since.`,
      renewal,
    );
  if (leaf.notAfter.getTime() - now.getTime() < soonDays * day)
    return explain(
      "accepted-expiring",
      "partner",
      `${quote(leaf)} was accepted. It expires in ${distance(now, leaf.notAfter)} and will be refused from then on.`,
      renewal,
    );
  return explain("accepted", "nobody", `${quote(leaf)} was accepted: one of this site’s CAs vouches for it.`, "Nothing to do.");
}

function explainMissing({ authorities, isLetIn = false }: Occurrence): Explanation {
  const from = authorities.length > 0 ? ` from ${quoteAll(authorities)}` : "";
  return explain(
    "no-certificate",
    "partner",
    `The client sent no certificate${isLetIn ? "." : ", and this site demands one."}`,
    `The client’s owner checks three things: that it has a certificate${from}; that certificate and key are set for this host name (curl: --cert and --key); that no proxy or virus scanner in between opens the TLS connection. A scanner or a browser without a certificate needs nothing.`,
  );
}
