/** A measured fact about Node or http-proxy, or an answer that is promised, and a test that shows what is made of it. */
type Shown = [fact: string, file: string, test: string];

const attack = (file: string) => `sensor/attacks/${file}.ts`;

/** What each test is called in its file; the run fails where one has gone. */
export const survey: { title: string; shown: Shown[] }[] = [
  {
    title: "Facts about Node's TLS",
    shown: [
      [
        "The server's default context owns all sessions: one made at one site resumes at another",
        attack("resumption"),
        "A partner of one site resumes its session at another site",
      ],
      ["Old tickets authorise after the CAs were swapped", attack("resumption"), "A partner whose CA was removed resumes its session"],
      [
        "Nothing of a guarded site is ever resumed, so no expired certificate is either",
        "sensor/resumption.test.ts",
        "begins anew at a site with downstream mTLS, and is let in by its certificate",
      ],
      [
        "A session without a certificate resumes",
        attack("resumption"),
        "A client without a certificate resumes the session it got with its 403",
      ],
      ["TLS 1.2 renegotiation happens at the client's wish", attack("handshake"), "A partner renegotiates over TLS 1.2"],
      ["`requestCert` holds for a whole server", attack("names"), "A browser visits an open site beside a guarded one"],
      [
        "`rejectUnauthorized: true` loses the evidence",
        "sensor/identity.test.ts",
        "names request, site, address, and the certificate without its control characters",
      ],
      [
        "Destroying a socket in `secureConnection` does not stop its request",
        "sensor/gate.test.ts",
        "hands out the request although its socket was destroyed in secureConnection: why every handler asks",
      ],
      ["Every event that hands out a request asks the gate", "sensor/gate.test.ts", "gets nothing through the gate: %s"],
      ["A missing certificate is reported as a missing issuer", "sensor/client-cases-fixture.ts", "nobody"],
      ["OpenSSL reports one error of several", "sensor/client-cases-fixture.ts", "an expired client of a forged CA name"],
      ["`ca` missing or empty means the public roots", attack("trust"), "The list of CAs is"],
      [
        "The same one layer below, should a list ever come empty",
        "sensor/site-server.test.ts",
        "is refused when empty: the platform would ask its public roots",
      ],
      [
        "Only `createSecureContext` obeys `allowPartialTrustChain`",
        "sensor/site-server.test.ts",
        "shows what the obvious server does with the same intermediate: refuse everybody",
      ],
      [
        "A certificate without extended key usage is a client's, one for servers alone is not",
        "sensor/client-cases-fixture.ts",
        "a client without an extended key usage",
      ],
      [
        "Public CAs stopped issuing for clients",
        "lib/site/client-certificate.test.ts",
        "one for servers alone is told that public CAs stopped issuing for clients",
      ],
      ["Short keys are judged when they are saved, and met in the handshake", "sensor/client-cases-fixture.ts", "a key of 1024 bits"],
      [
        "A resumed TLS 1.2 socket has no `servername`: the site is the dispatcher's",
        "sensor/resumption.test.ts",
        "resumes at an open site, which is what makes the refusals mean something",
      ],
      ["A ClientHello spans segments and records", attack("handshake"), "A partner's hello comes in segments of"],
      ["It may be of post-quantum size", "sensor/hello.test.ts", "reads a hello of post-quantum size and gives every byte back"],
      [
        "Names come in capitals, with a dot, as wildcards",
        attack("names"),
        "The same with the guarded site's name in capitals in the handshake",
      ],
      ["TLS getters after a failed handshake end the process", attack("crashes"), "A handshake fails"],
      ["On HTTP/2 the request's socket is a Proxy", "sensor/http2.test.ts", "serves many requests of an accepted client at once"],
      ["HTTP/2 servers have no time-outs", "sensor/http2.test.ts", "by a session that asks nothing ends at the deadline"],
      [
        "Cancelled streams cost a server more than a client",
        "sensor/http2.test.ts",
        "of cancelled streams ends the connection after a few hundred",
      ],
      [
        "A reset of an HTTP/2 request ends its body as if it were whole",
        "sensor/http2-bodies.test.ts",
        "does not let a reset with code %i leave the origin waiting for the next client's bytes",
      ],
      [
        "An HTTP/2 connection whose write failed is never closed",
        "sensor/http2-abuse.test.ts",
        "while it is written to and much of it is unread leaves nothing behind",
      ],
      [
        "Each part of a body that waits costs two hundred bytes, however small it is",
        "sensor/http2-abuse.test.ts",
        "costs little more than its bytes over HTTP/2",
      ],
      [
        "HTTP/2's limits hold only for clients that acknowledge them",
        "sensor/http2-requests.test.ts",
        "because it is %s ends its stream and reaches nobody",
      ],
      ["A response to HEAD does not tell that its stream has closed", "sensor/http2-bodies.test.ts", "%s never looks whole to the origin"],
      ["HTTP/2 has no `Connection: close`", "sensor/http2.test.ts", "gets 403 and GOAWAY for %s, and nothing is forwarded"],
      ["A server that never listens enforces no time-out", attack("slowness"), "A client sends its request's head a byte at a time"],
      [
        "Nor does it close what is idle when it drains",
        "sensor/apply.test.ts",
        "closes idle connections, finishes what runs and takes nothing new",
      ],
      [
        "`https.Agent` keys connections without `secureContext`",
        attack("upstream"),
        "its request goes out over a connection made with another site's certificate",
      ],
      [
        "In TLS 1.3 an origin refuses our certificate with the first read",
        "sensor/upstream.test.ts",
        "with an alert after the handshake, as TLS 1.3 has it, is told by its alert",
      ],
    ],
  },
  {
    title: "Facts about http-proxy",
    shown: [
      ["It may leave an origin's request running when the client goes", "sensor/streaming.test.ts", "%s takes its request with it"],
      ["`deleteLength` smuggles", attack("framing"), "A second request hides in the chunked body of"],
      ["`Expect` skips its hook", attack("headers"), "for which http-proxy leaves its hook out"],
      ["It throws on a target that is no URL", attack("crashes"), "A target that is no URL: GET http://["],
      [
        "A control character in the origin's reason phrase ends the process",
        "sensor/hostile-origin.test.ts",
        "a control character in its reason phrase",
      ],
      ["It rewrites paths", "sensor/forward.test.ts", "keeps the target %j byte for byte"],
      ["It passes `TE: trailers` on and drops the trailers", "sensor/smuggling.test.ts", "holds no trailers, whatever they claim"],
      ["Its callbacks do not get all errors", attack("crashes"), "A client resets the connection of its open WebSocket"],
    ],
  },
  {
    title: "Facts about SQLite and the start",
    shown: [
      ["`PRAGMA data_version` shows another process's commit at once", "sensor/apply.test.ts", "is served and acknowledged within 100 ms"],
      [
        "A transaction refuses a function that returns a promise",
        "lib/store/connection.test.ts",
        "a transaction refuses an asynchronous callback and undoes what it did until its first await",
      ],
      [
        "Opening keys costs time: at the first hello, not at the start",
        "sensor/settle.test.ts",
        "of an acknowledged site is opened at the first hello after a restart, not before",
      ],
      [
        "better-sqlite3 crashes an old Node",
        "scripts/launch-product.test.ts",
        "a Node that better-sqlite3 would crash is refused before that is loaded",
      ],
      [
        "npm's Node may be older than the host's",
        "scripts/prepare.test.ts",
        "a Node below the newest known security release of its line is outdated, one of a later line is not",
      ],
      ["A signal must reach the programs", "scripts/launch-product.test.ts", "a signal during the start is a clean stop"],
    ],
  },
  {
    title: "What the sensor answers",
    shown: [
      [
        "No name, no site, TLS off: unrecognized_name. Key unusable: internal_error",
        "sensor/contract.test.ts",
        "for %s, and shows no certificate",
      ],
      [
        "403, 405, 413, 417, 421, 431, 502, 503, 508 over HTTPS, and nothing reaches the origin",
        "sensor/contract.test.ts",
        "over HTTPS the origin hears nothing of",
      ],
      [
        "403: no body is read, the connection ends",
        "sensor/contract.test.ts",
        "the body of a client without a certificate, which is not read and whose connection ends",
      ],
      ["403: one request, 16 KiB of headers", "sensor/gate.test.ts", "may send 16 KiB of headers and no more"],
      ["403: 5 s for the head", "sensor/connections.test.ts", "gives a client whose refusal is certain (%s) %i ms for its head"],
      ["403 over HTTP/2: one stream, then GOAWAY", "sensor/http2.test.ts", "gets one answer, however many streams it opens at once"],
      ["421 for every way to name another site", "sensor/gate.test.ts", "an absolute URI that hides a name behind a backslash"],
      ["The same over HTTP/2, with :authority, Host and :scheme", "sensor/http2.test.ts", "a site with mTLS in Host"],
      ["More at once on one connection than may be, over HTTP/1.1 too", "sensor/limits.test.ts", "and no more than the limit is forwarded"],
      [
        "More at once of one address than may be: REFUSED_STREAM, and others are served",
        "sensor/requests-at-once.test.ts",
        "gets as many as its limit, and REFUSED_STREAM for the rest, which the origin never hears of",
      ],
      [
        "The same over HTTP/1.1: 503",
        "sensor/requests-at-once.test.ts",
        "is answered 503 over HTTP/1.1 on either port, told when to come again, and its connection ends",
      ],
      [
        "More at once of one site than may be",
        "sensor/requests-at-once.test.ts",
        "has as many requests as its limit, and leaves the others theirs",
      ],
      ["Plain HTTP: 301 or 403 with mTLS on, 404, 503", "sensor/contract.test.ts", "the origin hears nothing of a request for %s"],
      [
        "A body over the limit: 413, the origin's request destroyed",
        "sensor/contract.test.ts",
        "is 413, and the origin gets a broken request, never a whole one",
      ],
      ["The same after an answer has begun: reset", "sensor/streaming.test.ts", "breaks off an answer that has begun"],
      [
        "502 and 504, whose reason stands in the log alone",
        "sensor/contract.test.ts",
        "is answered for, and the log has the reason under the request's id",
      ],
      ["Error bodies: JSON or HTML, the request's id, no detail", "sensor/answer.test.ts", "is JSON to a client that says nothing"],
      ["Each client certificate verdict", "sensor/client-cases-fixture.ts", "a chain of a hundred intermediates"],
      ["Each verdict on the origin", "sensor/upstream.test.ts", "%s is refused with 502 and %s"],
      ["Path and query byte for byte", "sensor/contract.test.ts", "has the target %j byte for byte, an absolute URI without its authority"],
      ["Headers to the origin", "sensor/contract.test.ts", "has Host in its normal form and the sensor's own word on everything else"],
      ["Trusted Sources", "lib/site/client-address.test.ts", "a claimed trusted address left of the client is not skipped"],
      [
        "Hop-by-hop headers in both directions",
        "sensor/forward.test.ts",
        "has the site's custom headers in place of the origin's, and no hop-by-hop ones",
      ],
      [
        "Custom Response Headers are none of the sensor's own answers'",
        "sensor/forward.test.ts",
        "never has them when it is the sensor's own",
      ],
      [
        "The one dialer judges at every connect",
        "sensor/dialer.test.ts",
        "judges a name at every connect, so that a name rebound to loopback is refused",
      ],
      ["A request that comes back: 508", "sensor/forward.test.ts", "is stopped when the origin is the sensor itself"],
    ],
  },
  {
    title: "When a revision cannot be served",
    shown: [
      [
        "The newest acknowledged one serves on, also after a restart",
        "sensor/settle.test.ts",
        "leaves the one before it serving, connections and all, also after a restart",
      ],
      [
        "Unless that admits somebody whom the new one would not: 503",
        "sensor/settle.test.ts",
        "closes the site when %s, also after a restart",
      ],
      ["Other sites are unaffected", "sensor/settle.test.ts", "does not hold up another site"],
      [
        "A request is judged by the revision that is current when it starts; added CAs leave connections alone",
        "sensor/apply.test.ts",
        "leaves an open connection alone, and its next request is judged by the new revision",
      ],
      [
        "Any other revision takes no new request on old connections",
        "sensor/apply.test.ts",
        "takes no request that was pipelined behind a running one",
      ],
      [
        "Over HTTP/2 it says so with GOAWAY",
        "sensor/http2.test.ts",
        "sends GOAWAY, lets what runs end, and refuses the client on a new connection",
      ],
      [
        "Where trust was reduced, requests are cut after 30 s and WebSockets after 5 s",
        "sensor/connections.test.ts",
        "cuts what runs after 30 s and WebSockets after 5 s when trust was reduced, on the HTTP port too",
      ],
      ["And are really cut", attack("revisions"), "The same over a WebSocket of the partner's"],
      [
        "Else they may finish within an hour",
        "sensor/connections.test.ts",
        "lets them run for an hour after any other change, and a later reduction brings the end forward",
      ],
      [
        "Time alone stops nobody; client certificates are judged by the clock",
        "sensor/settle.test.ts",
        "stops nobody: a site whose certificate has run out is served after a restart, with a warning",
      ],
    ],
  },
];
