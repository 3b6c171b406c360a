import type { OriginFound, OriginReport } from "#lib/channel/origin-test.ts";

/** What a finding means in plain words: the consequence, then the next step. */
export type OriginWords = { meaning: "good" | "notice" | "danger" | "unknown"; title: string; text: string };

/** Explains what was found at one destination. Runs in a browser. */
export function explainOrigin(found: OriginFound, report: Pick<OriginReport, "port">): OriginWords {
  const explain = { ...outcomes, failed: explainFailure };
  return explain[found.outcome](found, report.port);
}

type Explain = (found: OriginFound, port: number) => OriginWords;

const outcomes: Record<Exclude<OriginFound["outcome"], "failed">, Explain> = {
  "asks-and-accepts": (found) => ({
    meaning: "good",
    title: "Asks for a client certificate and accepts this one",
    text: `A caller without a certificate is refused${refusalWords(found)}. ${statusRemark(found.statusWith)}`.trim(),
  }),
  "asks-and-refuses": (found) => ({
    meaning: "danger",
    title: "Asks for a client certificate and refuses this one",
    text: `${alertWords(found.reason, found.statusWith)} Until that is solved every request to this site is answered 502${found.statusWith === null ? "" : " or with the origin’s own refusal"}.`,
  }),
  "never-asks": () => ({
    meaning: "danger",
    title: "Never asks for a client certificate: upstream mTLS protects nothing",
    text: "Whoever reaches this address gets the same answers as the sensor. Have the origin’s operator require a certificate of your CA on every path (a test of / does not see what other paths ask), then test again.",
  }),
  "accepts-without": () => ({
    meaning: "danger",
    title: "Accepts this client certificate, and callers without a certificate as well",
    text: "Upstream mTLS keeps nobody out: the origin asks and does not insist. Have its operator require the certificate (in nginx ssl_verify_client on, not optional), then test again.",
  }),
  "demands-certificate": (found) => ({
    meaning: "danger",
    title: "Refuses callers without a client certificate",
    text: `The sensor showed none in this test${refusalWords(found)}. While Upstream mTLS is off, requests to this site fail: switch it on and paste a certificate that the origin accepts.`,
  }),
  answers: (found) => ({
    meaning: "good",
    title: "Answers over TLS",
    text: `${found.tls?.isAsked === true ? "It asks for a client certificate and answers callers without one as well. " : ""}${statusRemark(found.statusWithout)}`.trim(),
  }),
  "answers-in-plain": (found) => ({
    meaning: "notice",
    title: "Answers in plain HTTP",
    text: `Requests travel to it unencrypted, and nothing proves who answers. That is how this site is set (SSL/TLS off, or Terminate Only). ${statusRemark(found.statusWithout)}`.trim(),
  }),
  "cannot-tell": (found) => ({
    meaning: "unknown",
    title: "Whether it accepts the client certificate cannot be told",
    text: `It asked for a certificate and answered ${found.statusWith ?? "nothing"} with this one and ${found.statusWithout ?? "nothing"} without one. Ask its operator whether GET / is forbidden to everybody, or look into the origin’s log.`,
  }),
};

const failures: Partial<Record<OriginFound["verdict"], Explain>> = {
  ORIGIN_UNREACHABLE: (found, port) => ({
    meaning: "danger",
    title: `Cannot be reached on port ${port}`,
    text: `${unreachableWords(found.reason)} Requests to this site fail with 502 as long as this lasts.`,
  }),
  ORIGIN_TIMEOUT: (_, port) => ({
    meaning: "danger",
    title: "Did not answer in time",
    text: `Nothing came from port ${port} within 10 s. Check the address, the port and the firewalls between the sensor and the origin.`,
  }),
  ORIGIN_CERT_EXPIRED: () => ({
    meaning: "danger",
    title: "Its certificate is out of date",
    text: "It has expired or is not valid yet, so requests fail with 502. Have the origin’s operator renew it; check the clocks of both machines if it looks right.",
  }),
  ORIGIN_CERT_NAME_MISMATCH: ({ tls }) => ({
    meaning: "danger",
    title: `Its certificate is not for ${tls?.serverName ?? "the expected name"}`,
    text: `${namesOf(tls)} Requests fail with 502. If this is the right server, put one of its names into Origin Server Name.`,
  }),
  ORIGIN_CERT_UNTRUSTED: ({ tls }) => ({
    meaning: "danger",
    title: "Its certificate is not from a trusted CA",
    text: `${issuerWords(tls)} Requests fail with 502. If this is the right server, paste the certificate of that CA into Origin CA Certificates.`,
  }),
};

function explainFailure(found: OriginFound, port: number): OriginWords {
  const words = failures[found.verdict];
  if (words) return words(found, port);
  const isNoTls = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(found.reason ?? "");
  if (isNoTls)
    return {
      meaning: "danger",
      title: `Does not speak TLS on port ${port}`,
      text: "Something answers there, in another protocol; requests fail with 502. Check HTTPS Backend Port: this may be the origin’s port for plain HTTP.",
    };
  const reason = found.reason === null ? "" : ` (${found.reason})`;
  return {
    meaning: "danger",
    title: "Does not complete a request",
    text: `The connection broke off${reason}; requests fail with 502. Look into the origin’s log at this time; it must speak TLS 1.2 or 1.3 and HTTP/1.1.`,
  };
}

/** TLS alerts (RFC 8446 §6.2) as an administrator would say them. */
const alerts = new Map(
  Object.entries({
    unknown_ca:
      "It does not know the CA that issued the certificate. Ask its operator to trust that CA, paste a certificate of one of the CAs it asks for, or add the intermediate that is missing.",
    bad_certificate: "It calls the certificate bad. Ask its operator for the reason in the origin’s log.",
    unsupported_certificate:
      "It does not take this kind of certificate, often because the purpose clientAuth is missing. Ask its operator for a client certificate.",
    certificate_revoked: "The certificate was revoked. Paste a new one.",
    certificate_expired: "It finds the certificate out of date. Paste a renewed one; check the clocks of both machines if it looks right.",
    certificate_unknown: "It does not accept the certificate and does not say why. Ask its operator for the reason in the origin’s log.",
    certificate_required: "It got no certificate that it could use. Paste one of the CAs it asks for.",
    access_denied: "The certificate is valid, and its owner may not come in. Ask its operator to admit this name.",
    handshake_failure: "It broke the handshake off without saying why. Ask its operator for the reason in the origin’s log.",
  }),
);

function alertWords(reason: string | null, status: number | null): string {
  if (status !== null) return `It answered ${status}: the certificate is not acceptable to it. Ask its operator which CAs it trusts.`;
  const known = reason === null ? undefined : alerts.get(reason);
  if (known !== undefined) return `${known} (TLS alert ${reason}.)`;
  return "It closed the connection without saying why. Ask its operator for the reason in the origin’s log.";
}

function refusalWords({ reason, statusWithout }: OriginFound): string {
  if (statusWithout !== null) return ` with status ${statusWithout}`;
  return reason !== null && alerts.has(reason) ? ` (TLS alert ${reason})` : " (the connection is closed)";
}

/** A status that is about the page, so that nobody takes it for the certificate's. */
function statusRemark(status: number | null): string {
  if (status === null) return "";
  return status < 400
    ? `GET / was answered ${status}.`
    : `GET / was answered ${status}, which is about that page and not about the connection.`;
}

function unreachableWords(reason: string | null): string {
  if (reason?.includes("dial.forbidden")) {
    if (reason.includes("own ports"))
      return "That is one of the product’s own ports, which no site may use. Enter the address of the server behind it.";
    return "It is a local address that this installation does not allow as an origin. Whoever runs it can add the address to ORIGIN_ALLOW.";
  }
  if (reason?.includes("dial.unresolved"))
    return "Its name has no address here. Check how Origin is spelled, and the name servers of the sensor’s machine.";
  if (reason?.includes("ECONNREFUSED")) return "Nothing listens there. Check the port, and that the origin is running.";
  return "The network leads nowhere. Check the address and the routes and firewalls between the sensor and the origin.";
}

function namesOf(tls: OriginFound["tls"]): string {
  const names = tls?.chain[0]?.names ?? [];
  if (names.length === 0) return "It names no server at all.";
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return `It names ${names.slice(0, 5).join(", ")}${more}.`;
}

function issuerWords(tls: OriginFound["tls"]): string {
  const top = tls?.chain.at(-1);
  if (top === undefined) return "Who issued it could not be read.";
  return top.issuer === top.subject ? `It leads to “${top.subject}”, which vouches for itself.` : `It leads to “${top.issuer}”.`;
}
