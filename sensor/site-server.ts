import { constants, type KeyObject, randomBytes, type X509Certificate } from "node:crypto";
import { createServer, type SecureContext, type SecureContextOptions, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import { AppError } from "#lib/app-error.ts";
import type { Certificate } from "#lib/pki/certificate.ts";
import type { CompiledSite } from "#lib/site/compile.ts";
import { closeContext } from "#sensor/close-context.ts";
import type { Deadlines } from "#sensor/deadlines.ts";
import { type Evidence, type Identity, judgeIdentity, observeClient, readEvidence, type Seen } from "#sensor/identity.ts";
import { createTrustContext } from "#sensor/trust-context.ts";

/**
 * What a handshake brought. `identity` alone may admit, and is null where no certificate was demanded; `seen` is for the
 * records, and null where none was asked for.
 */
export type Judged = { identity: Identity | null; seen: Seen | null; evidence: Evidence };

/** What the rest of the sensor does with a site's TLS server. */
export type SiteServerOptions = {
  compiled: CompiledSite;
  key: KeyObject;
  deadlines: Deadlines;
  /** Whether the site's observation goes on; without one it says nothing. */
  isObserving: boolean;
  /** The only way out of a handshake. */
  onSecure: (socket: TLSSocket, judged: Judged) => void;
  onHandshakeFailure: (error: Error, socket: TLSSocket) => void;
};

/** A TLS server that gives its memory back when told that no handshake of it goes on. */
export type SiteServer = Server & { dispose(): void };

/**
 * The TLS server of one revision of one site. It never listens: the dispatcher feeds it by `emit("connection")`, so that
 * sessions, tickets and the demand for a certificate belong to this site alone (CVE-2025-23419). Nobody has it before its
 * trust list is whole. Rejects with what OpenSSL says about a certificate or key it cannot use, and AppError `mtls.no-trust`
 * for an empty or unfit trust list.
 */
export async function createSiteServer(options: SiteServerOptions): Promise<SiteServer> {
  const { deadlines } = options;
  const { isHttp2Enabled } = options.compiled;
  const question = questionOf(options);
  const context =
    question === null ? null : await createTrustContext({ ...contextOf(options), secureOptions: withoutResumption }, question.anchorsPem);
  const server = createServer({
    ...(context === null ? openSite(options) : askingSite(options, context)),
    // Tickets of one server must never open another's session, whatever process made them.
    ticketKeys: randomBytes(48),
    sessionIdContext: randomBytes(16).toString("hex"),
    handshakeTimeout: deadlines.handshakeMs,
    ALPNProtocols: isHttp2Enabled ? ["h2", "http/1.1"] : ["http/1.1"],
  });
  // No HTTP server listens here: nothing reads a request before the verdict stands.
  server.on("secureConnection", (socket: TLSSocket) => {
    try {
      options.onSecure(socket, judge(socket, question));
    } catch {
      socket.destroy();
    }
  });
  server.on("tlsClientError", (error, socket) => {
    options.onHandshakeFailure(error, socket);
    socket.destroy();
  });
  return Object.assign(server, {
    dispose() {
      closeContext(server);
      if (context !== null) closeContext(context);
    },
  });
}

function openSite(options: SiteServerOptions): TlsOptions {
  return { ...contextOf(options), requestCert: false, secureOptions: constants.SSL_OP_NO_RENEGOTIATION };
}

/**
 * A site that asks for certificates. Its server's own context trusts nobody (`ca: []`) and has no certificate: every
 * handshake gets the one SNI context, in which an intermediate alone is an anchor. The no-ticket option acts on the server's
 * context only, so both have it.
 */
function askingSite(options: SiteServerOptions, context: SecureContext): TlsOptions {
  return {
    ca: [],
    minVersion: options.compiled.tls?.minVersion,
    requestCert: true,
    // Refusing in the handshake would lose the evidence; the gate refuses, and nothing can resume or renegotiate.
    rejectUnauthorized: false,
    secureOptions: withoutResumption,
    SNICallback: (_name, callback) => callback(null, context),
  };
}

const withoutResumption = constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET;

/** What clients are asked: for a certificate of these CAs, which a site with downstream mTLS demands and another only looks at. */
type Question = { isDemand: boolean; anchors: readonly X509Certificate[]; anchorsPem: readonly string[] };

function questionOf({ compiled: { downstream, observation }, isObserving }: SiteServerOptions): Question | null {
  if (downstream !== null) return { isDemand: true, anchors: trustedAuthorities(downstream.anchors), anchorsPem: downstream.anchorsPem };
  if (observation === null || !isObserving) return null;
  const { anchors, anchorsPem } = observation;
  return { isDemand: false, anchors: anchors.length === 0 ? [] : trustedAuthorities(anchors), anchorsPem };
}

function judge(socket: TLSSocket, question: Question | null): Judged {
  if (question === null) return { identity: null, seen: null, evidence: readEvidence(socket) };
  if (!question.isDemand) return { identity: null, ...observeClient(socket, question.anchors) };
  const evidence = readEvidence(socket);
  const identity = judgeIdentity(evidence, question.anchors);
  return { identity, seen: identity, evidence };
}

function contextOf({ compiled, key }: SiteServerOptions): SecureContextOptions {
  if (compiled.tls === null) throw new AppError("tls.off", "A site without TLS has no TLS server.");
  return { cert: compiled.tls.certificateChain, key: key.export({ type: "pkcs8", format: "pem" }), minVersion: compiled.tls.minVersion };
}

/** With partial chains a leaf in the list would vouch for itself, and an empty list must never mean "anybody". */
function trustedAuthorities(authorities: readonly Certificate[]): readonly X509Certificate[] {
  const anchors = authorities.map((authority) => authority.x509);
  if (anchors.length > 0 && anchors.every((anchor) => anchor.ca)) return anchors;
  throw new AppError("mtls.no-trust", "Downstream mTLS is on without a usable CA certificate.");
}
