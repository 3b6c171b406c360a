import { constants, type KeyObject, randomBytes, type X509Certificate } from "node:crypto";
import { createSecureContext, createServer, type SecureContextOptions, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import { AppError } from "#lib/app-error.ts";
import type { CompiledSite } from "#lib/site/compile.ts";
import type { Deadlines } from "#sensor/deadlines.ts";
import { type Evidence, type Identity, judgeIdentity, readEvidence } from "#sensor/identity.ts";

/** What the rest of the sensor does with a site's TLS server. */
export type SiteServerOptions = {
  compiled: CompiledSite;
  key: KeyObject;
  deadlines: Deadlines;
  /** The only way out of a handshake; `identity` is null where no certificate was asked for. */
  onSecure: (socket: TLSSocket, identity: Identity | null, evidence: Evidence) => void;
  onHandshakeFailure: (error: Error, socket: TLSSocket) => void;
};

/**
 * The TLS server of one revision of one site. It never listens: the dispatcher feeds it by `emit("connection")`, so that
 * sessions, tickets and the demand for a certificate belong to this site alone (CVE-2025-23419). Throws what OpenSSL says
 * about a certificate or key it cannot use, and AppError `mtls.no-trust` for an empty or unfit trust list.
 */
export function createSiteServer(options: SiteServerOptions): Server {
  const { compiled, deadlines } = options;
  const { downstream } = compiled;
  const anchors = downstream === null ? null : trustedAuthorities(downstream.anchors.map((anchor) => anchor.x509));
  const server = createServer({
    ...(downstream === null ? openSite(options) : guardedSite(options, downstream.anchorsPem)),
    // Tickets of one server must never open another's session, whatever process made them.
    ticketKeys: randomBytes(48),
    sessionIdContext: randomBytes(16).toString("hex"),
    handshakeTimeout: deadlines.handshakeMs,
    ALPNProtocols: compiled.isHttp2Enabled ? ["h2", "http/1.1"] : ["http/1.1"],
  });
  // No HTTP server listens here: nothing reads a request before the verdict stands.
  server.on("secureConnection", (socket: TLSSocket) => {
    try {
      const evidence = readEvidence(socket);
      options.onSecure(socket, anchors === null ? null : judgeIdentity(evidence, anchors), evidence);
    } catch {
      socket.destroy();
    }
  });
  server.on("tlsClientError", (error, socket) => {
    options.onHandshakeFailure(error, socket);
    socket.destroy();
  });
  return server;
}

function openSite(options: SiteServerOptions): TlsOptions {
  return { ...contextOf(options), requestCert: false, secureOptions: constants.SSL_OP_NO_RENEGOTIATION };
}

/**
 * A site with downstream mTLS. Its server's own context trusts nobody (`ca: []`) and has no certificate: every handshake
 * gets the one SNI context, because only `createSecureContext` obeys `allowPartialTrustChain`, without which an
 * intermediate alone anchors nothing. The no-ticket option acts on the server's context only, so both have it.
 */
function guardedSite(options: SiteServerOptions, anchorsPem: readonly string[]): TlsOptions {
  const secureOptions = constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET;
  const context = createSecureContext({ ...contextOf(options), ca: [...anchorsPem], allowPartialTrustChain: true, secureOptions });
  return {
    ca: [],
    minVersion: options.compiled.tls?.minVersion,
    requestCert: true,
    // Refusing in the handshake would lose the evidence; the gate refuses, and nothing can resume or renegotiate.
    rejectUnauthorized: false,
    secureOptions,
    SNICallback: (_name, callback) => callback(null, context),
  };
}

function contextOf({ compiled, key }: SiteServerOptions): SecureContextOptions {
  if (compiled.tls === null) throw new AppError("tls.off", "A site without TLS has no TLS server.");
  return { cert: compiled.tls.certificateChain, key: key.export({ type: "pkcs8", format: "pem" }), minVersion: compiled.tls.minVersion };
}

/** With partial chains a leaf in the list would vouch for itself, and an empty list must never mean "anybody". */
function trustedAuthorities(anchors: readonly X509Certificate[]): readonly X509Certificate[] {
  if (anchors.length > 0 && anchors.every((anchor) => anchor.ca)) return anchors;
  throw new AppError("mtls.no-trust", "Downstream mTLS is on without a usable CA certificate.");
}
