import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

export type FrontDoorOptions = {
  /** The address the console listens on: a name it may be called by, beside those of this machine. */
  host: string;
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** For a WebSocket; left out, every upgrade is refused. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  /** Told of what `answer` and `upgrade` throw. */
  onError(error: unknown): void;
};

/**
 * The console's HTTP server, not listening yet. Nothing reaches a page that was not sent to one of the console's own
 * names (a foreign page can rebind its name to our address), that changes state from another origin, or that claims
 * to come from a proxy.
 */
export function createFrontDoor({ host, answer, upgrade, onError }: FrontDoorOptions): Server {
  const server = createServer({ headersTimeout: 15_000, requestTimeout: 60_000, keepAliveTimeout: 5_000 });
  const judge = (request: IncomingMessage) => judgeRequest(request, host, (server.address() as AddressInfo).port);
  server.on("request", (request, response) => {
    for (const [name, value] of securityHeaders) response.setHeader(name, value);
    const refusal = judge(request);
    if (refusal) return refuse(response, refusal);
    cleanHeaders(request);
    answer(request, response).catch((error) => {
      onError(error);
      fail(response);
    });
  });
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const refusal = judge(request) ?? judgeOrigin(request);
    if (refusal || !upgrade)
      return socket.end(`HTTP/1.1 ${refusal?.status ?? 400} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    cleanHeaders(request);
    upgrade(request, socket, head).catch((error) => {
      onError(error);
      socket.destroy();
    });
  });
  return server;
}

/** Ends a server that listens: no new connection, five seconds for what is being answered. */
export function closeFrontDoor(server: Server, withinMs = 5_000): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), withinMs);
    server.close(() => {
      clearTimeout(deadline);
      resolve();
    });
    server.closeIdleConnections();
  });
}

type Refusal = { status: number; message: string };

const securityHeaders = new Map([
  ["Content-Security-Policy", "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  ["Referrer-Policy", "same-origin"],
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
]);

function judgeRequest(request: IncomingMessage, host: string, port: number): Refusal | undefined {
  // RFC 9112 section 3.2.2: a server that is no proxy may get the absolute form; it would overrule Host.
  if (!request.url?.startsWith("/")) return { status: 400, message: "The request's target must be a path." };
  if (countHosts(request) !== 1 || !isOwnName(request.headers.host, host, port)) {
    return { status: 421, message: `This console answers at ${urlOf("localhost", port)} and on the address it listens on only.` };
  }
  return request.method === "GET" || request.method === "HEAD" ? undefined : judgeOrigin(request);
}

// Browsers send Origin with every request that is neither GET nor HEAD (Fetch standard, "append a request Origin header").
function judgeOrigin({ headers }: IncomingMessage): Refusal | undefined {
  if (headers.origin?.toLowerCase() === `http://${headers.host?.toLowerCase()}`) return undefined;
  return { status: 403, message: "Changes are taken from the console's own pages only." };
}

function countHosts({ rawHeaders }: IncomingMessage): number {
  return rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length;
}

function isOwnName(authority: string | undefined, host: string, port: number): boolean {
  const names = ["localhost", "127.0.0.1", "::1", host].map((name) => urlOf(name, port).slice("http://".length));
  return authority !== undefined && names.includes(authority.toLowerCase());
}

function urlOf(host: string, port: number): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === 80 ? `http://${name}` : `http://${name}:${port}`;
}

// Next believes these headers: where a request came from, and (CVE-2025-29927) which of its middlewares have run.
function cleanHeaders({ headers, socket }: IncomingMessage): void {
  for (const name of Object.keys(headers)) {
    if (/^(x-forwarded-|x-middleware-|x-invoke-|x-matched-path$|x-real-ip$|forwarded$)/.test(name)) delete headers[name];
  }
  headers["x-forwarded-for"] = socket.remoteAddress ?? "";
  headers["x-forwarded-host"] = headers.host;
  headers["x-forwarded-proto"] = "http";
  headers["x-forwarded-port"] = String(socket.localPort);
}

function refuse(response: ServerResponse, { status, message }: Refusal): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", Connection: "close" });
  response.end(`${message}\n`);
}

function fail(response: ServerResponse): void {
  if (response.headersSent) response.destroy();
  else refuse(response, { status: 500, message: "The console could not answer. Its log says why." });
}
