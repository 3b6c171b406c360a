import { type ClientRequest, type IncomingMessage, Agent as PlainAgent, type ServerResponse } from "node:http";
import { Agent, createServer, type Server, type ServerOptions } from "node:https";
import type { Duplex } from "node:stream";
import { createSecureContext, type SecureContext, setDefaultCACertificates, TLSSocket } from "node:tls";
import httpProxy from "http-proxy";

/** A site as the obvious design knows it; `ca` is null where no client certificate is demanded. */
export type ObviousSite = {
  names: string[];
  cert: string;
  key: string;
  ca: string | null;
  /** Clients are asked and nobody is refused. */
  isObserved: boolean;
  origin: string;
  /** For TLS to the origin: which CA is believed, and the certificate that is shown. */
  toOrigin: { ca: string; cert: string; key: string } | null;
};

/** What the test tells the program, first and at every change: all sites, what the system trusts, and how it is set up. */
export type Told = {
  sites: ObviousSite[];
  publicRoots: string[];
  limits: ServerOptions;
  /** It notes the TLS version of failed handshakes when their connections close. */
  isNoting: boolean;
};

/**
 * The design anyone would write first, for the attacks to be tried on: one HTTPS server, a TLS context for each name with
 * the site's own CAs, `socket.authorized` before anything is forwarded, and http-proxy over one keep-alive agent. It never
 * runs in the product. A program of its own, because some attacks end its process.
 */
process.on("message", (told: Told) => {
  if (server === null) setDefaultCACertificates(told.publicRoots);
  sites = new Map(told.sites.flatMap((site) => site.names.map((name) => [name, knownFrom(site)] as const)));
  server ??= start(told);
  if (server.listening) tellPort();
});
process.on("disconnect", () => process.exit());

type Known = ObviousSite & { context: SecureContext; originContext: SecureContext | null };

let server: Server | null = null;
let sites = new Map<string, Known>();
const noted: unknown[] = [];
const agents = { plain: new PlainAgent({ keepAlive: true }), tls: new Agent({ keepAlive: true }) };
const proxy = httpProxy.createProxyServer({});
proxy.on("proxyReq", (outgoing, request) => sayWho(outgoing, request));
proxy.on("proxyReqWs", (outgoing, request) => sayWho(outgoing, request));

function start({ sites: [first], limits, isNoting }: Told): Server {
  const SNICallback: ServerOptions["SNICallback"] = (name, callback) => callback(null, find(name)?.context);
  const options = { cert: first?.cert, key: first?.key, requestCert: true, rejectUnauthorized: false, SNICallback, ...limits };
  const started = createServer(options, forward).on("upgrade", upgrade);
  if (isNoting) started.on("tlsClientError", (_error, socket) => socket.once("close", () => noted.push(socket.getProtocol())));
  return started.listen(0, "127.0.0.1", tellPort);
}

function forward(request: IncomingMessage, response: ServerResponse): void {
  const site = find(hostOf(request));
  if (site === undefined) response.writeHead(404).end();
  else if (!mayEnter(request, site)) response.writeHead(403).end();
  else proxy.web(request, response, wayTo(site), () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
}

function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const site = find(hostOf(request));
  if (site === undefined || !mayEnter(request, site)) socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  else proxy.ws(request, socket, head, wayTo(site), () => socket.destroy());
}

function find(name: string): Known | undefined {
  return sites.get(name) ?? sites.get(name.replace(/^[^.]+/, "*"));
}

function hostOf(request: IncomingMessage): string {
  return (request.headers.host ?? "").replace(/:\d+$/, "");
}

function mayEnter({ socket }: IncomingMessage, site: Known): boolean {
  return site.ca === null || site.isObserved || (socket instanceof TLSSocket && socket.authorized);
}

function knownFrom(site: ObviousSite): Known {
  const { cert, key, ca, toOrigin } = site;
  const context = createSecureContext({ cert, key, ca: ca ?? undefined });
  return { ...site, context, originContext: toOrigin && createSecureContext(toOrigin) };
}

function wayTo({ origin, originContext }: Known) {
  if (originContext === null) return { target: origin, agent: agents.plain };
  return { target: origin, agent: agents.tls, ssl: { secureContext: originContext, servername: "origin.test" } };
}

/** Tells the origin who is asking, over whatever the client said about itself. */
function sayWho(outgoing: ClientRequest, { socket }: IncomingMessage): void {
  outgoing.setHeader("x-forwarded-for", socket.remoteAddress ?? "");
  outgoing.setHeader("x-forwarded-proto", "https");
  const subject = socket instanceof TLSSocket ? socket.getPeerCertificate()?.subject : undefined;
  outgoing.setHeader("x-client-cert", String(subject?.CN ?? "none"));
}

function tellPort(): void {
  const address = server?.address();
  if (typeof address === "object") process.send?.({ port: address?.port });
}
