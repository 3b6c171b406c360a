import { type Explanation, explain, type Occurrence } from "#lib/site/explanation.ts";

/** A TLS handshake that ended before anything about certificates was decided. */
export function explainHandshakeFailure({ code }: Occurrence): Explanation {
  const cause = causes.find(({ codes }) => codes.test(code ?? ""));
  if (cause) return explain(...cause.words);
  return explain(
    "handshake-failed",
    "unclear",
    `The TLS handshake broke off${code ? ` (${code})` : ""}. Who is at fault cannot be told from here.`,
    "If it is one client that fails again and again, its owner looks at its own log for the moment shown here.",
  );
}

const causes: { codes: RegExp; words: Parameters<typeof explain> }[] = [
  {
    codes: /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED|CERTIFICATE_REVOKED|UNSUPPORTED_CERTIFICATE)$/,
    words: [
      "site-certificate-refused",
      "unclear",
      "The client did not accept this site’s own certificate and hung up.",
      "You look at SSL Credentials on the tab Settings: is the certificate in date, is every intermediate there? If so, the client’s owner adds the CA of this site’s certificate to what the client trusts.",
    ],
  },
  {
    codes: /UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|ALERT_PROTOCOL_VERSION|INAPPROPRIATE_FALLBACK/,
    words: [
      "protocol-too-old",
      "partner",
      "The client and this site have no TLS version in common: the client speaks only versions that this site does not allow.",
      "The client’s owner updates it to TLS 1.2 or newer. If the SSL Policy here is TLS 1.3 only, you may also choose the default.",
    ],
  },
  {
    codes: /NO_SHARED_CIPHER|NO_SUITABLE|NO_SHARED_|ALERT_HANDSHAKE_FAILURE/,
    words: [
      "no-common-cipher",
      "partner",
      "The client and this site have no cipher or signature method in common.",
      "The client’s owner updates its TLS library, or allows what it has forbidden there.",
    ],
  },
  {
    codes: /BAD_SIGNATURE|DIGEST_CHECK_FAILED|DECRYPT_ERROR|BAD_RSA|WRONG_SIGNATURE/,
    words: [
      "no-proof",
      "partner",
      "The client showed a certificate and could not prove that it has the private key for it.",
      "The client’s owner sets the key that belongs to the certificate. If nobody there knows of this, somebody else is using their certificate, which is worth nothing without the key.",
    ],
  },
  {
    codes: /^(?:ECONNRESET|EPIPE|ECONNABORTED)$/,
    words: [
      "hung-up",
      "partner",
      "The client hung up before the TLS handshake was over, and did not say why.",
      "Port checks and browsers that change their mind do this; nothing needs to be done about those. If it is a client that should work, its owner looks at its log: often it does not trust this site’s certificate.",
    ],
  },
  {
    codes: /TIMEOUT|ETIMEDOUT/,
    words: [
      "handshake-slow",
      "partner",
      "The client did not finish the TLS handshake in time.",
      "If it is a client that should work, its owner looks for a slow network or a device in between that holds packets back.",
    ],
  },
];

/** A request that the sensor answered itself, for another reason than a certificate. */
export function explainRefusedRequest({ status, reason }: Occurrence): Explanation {
  const words = (reason && byReason[reason]) || byStatus[status ?? 0];
  if (words) return explain(...words);
  return explain(
    "request-refused",
    "unclear",
    `The sensor answered this request itself${status ? ` with ${status}` : ""}; it did not reach the origin.`,
    "You look at the sensor’s log for this request id: it has the reason.",
  );
}

const plainHttp: Parameters<typeof explain> = [
  "plain-http",
  "partner",
  "The request came over plain HTTP, where nobody can show a certificate, and this site has mTLS on.",
  "The client’s owner uses the address with https://. You can turn on Redirect HTTP traffic to HTTPS, so that browsers are led there.",
];

const byReason: Record<string, Parameters<typeof explain>> = {
  "The sites are not read yet.": [
    "starting",
    "nobody",
    "The sensor had just started and did not know the sites yet.",
    "Nothing needs to be done while it lasts seconds. If it goes on, you look at the sensor’s log.",
  ],
  "The site has as many connections as it may.": [
    "site-full",
    "you",
    "The site had as many connections as one site may have, so this one was refused.",
    "You look at the events for an address with very many. If they are wanted, raise SENSOR_MAX_CONNECTIONS_PER_SITE.",
  ],
  "The client's address has as many requests under way as it may.": [
    "address-busy",
    "you",
    "The client’s address had as many requests under way as one address may have, so this one was refused.",
    "If a CDN, a load balancer or an office stands behind the address, raise SENSOR_MAX_REQUESTS_PER_ADDRESS. Else nothing needs to be done: the client is held off.",
  ],
  "The site has as many requests under way as it may.": [
    "site-busy",
    "you",
    "The site had as many requests under way as one site may have, so this one was refused.",
    "You look at the events for addresses with very many, and at whether the origin has become slow. If the requests are wanted, raise SENSOR_MAX_REQUESTS_PER_SITE.",
  ],
  "The client took nothing of its answer.": [
    "client-stalled",
    "partner",
    "The client stopped reading its answer, so the sensor ended it.",
    "The client’s owner looks at the network and at what the client does with large answers.",
  ],
};

const byStatus: Record<number, Parameters<typeof explain>> = {
  400: [
    "bad-request",
    "partner",
    "The request broke a rule of HTTP, so it was not passed on: another reader might take it for something else.",
    "The client’s owner looks at the reason below and corrects the client, or the device in between that changes its requests.",
  ],
  403: plainHttp,
  404: [
    "unknown-host",
    "unclear",
    "The request over plain HTTP named a host that is no site here.",
    "If the name is meant to work, you add a site for it. Else the client’s owner corrects the name.",
  ],
  405: [
    "connect",
    "partner",
    "The client used the method CONNECT, as if this were a proxy for other hosts. It is not.",
    "The client’s owner takes this address out of its proxy settings. Scanners do this all the time; nothing needs to be done about those.",
  ],
  408: [
    "request-slow",
    "partner",
    "The client did not send its whole request in time.",
    "The client’s owner looks for a slow network. If bodies are large and slow by nature, you raise Proxy Send Timeout.",
  ],
  413: [
    "body-too-large",
    "unclear",
    "The request’s body was larger than this site allows.",
    "If such bodies are wanted, you raise Maximum Request Body Size on the tab Settings. Else the client’s owner sends less.",
  ],
  417: [
    "expectation",
    "partner",
    "The request expects something (header Expect) that nobody here offers.",
    "The client’s owner takes the header out, or sends only Expect: 100-continue.",
  ],
  431: [
    "head-too-large",
    "partner",
    "The request’s headers, with its cookies, were larger than is allowed.",
    "The client’s owner deletes cookies of this host or sends fewer headers. If they are needed, you raise SENSOR_MAX_HEADER_BYTES.",
  ],
  501: [
    "coding-unknown",
    "partner",
    "The request’s body is packed in a way that is not supported here (a transfer coding other than chunked).",
    "The client’s owner sends the body plainly or chunked.",
  ],
  503: [
    "site-unusable",
    "you",
    "This site could not be served at that moment.",
    "You open the tab Settings: its status says what is wrong.",
  ],
  508: [
    "loop",
    "you",
    "The request came back to where it had been: the origin sends it here again.",
    "You check Origin on the tab Settings and the origin’s own redirects and proxies: one of them leads to this very site.",
  ],
};
