import { randomBytes } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { ConsoleCertificate } from "#lib/console/certificate.ts";
import { writeInnerHeaders } from "#lib/console/inner-headers.ts";
import { createListener, type Limits, type Listener, limits } from "#lib/console/listener.ts";
import { contentSecurityPolicy, securityHeaders } from "#lib/console/security-headers.ts";
import { type DoorRules, judgeVisit, type Refusal, type Visit } from "#lib/console/visit.ts";
import { readTrustedSources } from "#lib/site/client-address.ts";

export type FrontDoorOptions = {
  /** The only origin people use, where CONSOLE_URL names one. */
  url?: string | undefined;
  /** CIDRs. */
  trustedProxies?: readonly string[];
  /** With one the door speaks HTTPS. */
  certificate?: ConsoleCertificate | undefined;
  isDevelopment?: boolean;
  limits?: Limits;
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** For the WebSocket of development; left out, no connection is ever upgraded. */
  upgrade?: ((request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>) | undefined;
  /** Told of what `answer` and `upgrade` throw. */
  onError(error: unknown): void;
};

/**
 * The console's server, not listening yet. Nothing reaches a page that was not sent to one of the console's own names
 * (a foreign page can rebind its name to our address), that changes state from another origin, or that claims to come
 * from a proxy nobody named.
 */
export function createFrontDoor(options: FrontDoorOptions): Listener {
  const { certificate, limits: kept = limits, answer, upgrade, onError } = options;
  const listener = createListener(certificate, kept);
  const rules = rulesOf(options, kept);
  const admit = (request: IncomingMessage, response?: ServerResponse): Visit | Refusal => {
    const judgement = judgeVisit(request, rules);
    const policy = contentSecurityPolicy(randomBytes(16).toString("base64"), options.isDevelopment ?? false);
    if (response) writeHeaders(response, request, securityHeaders(policy, "origin" in judgement ? judgement.origin : null));
    if ("origin" in judgement) writeInnerHeaders(request, judgement, policy);
    return judgement;
  };
  listener.server.on("request", (request, response) => {
    const visit = admit(request, response);
    if ("status" in visit) return refuse(response, visit);
    answer(request, response).catch((error) => {
      onError(error);
      fail(response);
    });
  });
  // Without a listener Node takes a request for an upgrade as the plain request that it is besides.
  if (upgrade)
    listener.server.on("upgrade", (request, socket, head) => {
      socket.on("error", () => socket.destroy());
      const visit = admit(request);
      const status = "status" in visit ? visit.status : request.headers.origin === visit.origin ? null : 403;
      if (status) return socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      upgrade(request, socket, head).catch((error) => {
        onError(error);
        socket.destroy();
      });
    });
  return {
    server: listener.server,
    renew: (renewed) => {
      listener.renew(renewed);
      rules.certificate = renewed.leaf;
    },
  };
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

function rulesOf({ url, trustedProxies = [], certificate }: FrontDoorOptions, { largestBody }: Limits): DoorRules {
  const proxies =
    trustedProxies.length === 0 ? null : readTrustedSources({ headerName: "x-forwarded-for", trustedSources: trustedProxies });
  return { url, proxies, certificate: certificate?.leaf, largestBody };
}

// What a page shows is about now and for whoever is signed in; only files whose names change with their content are kept.
function writeHeaders(response: ServerResponse, { url }: IncomingMessage, headers: [string, string][]): void {
  for (const [name, value] of headers) response.setHeader(name, value);
  if (!url?.startsWith("/_next/static/")) response.setHeader("Cache-Control", "no-store");
}

function refuse(response: ServerResponse, { status, message }: Refusal): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", Connection: "close" });
  response.end(`${message}\n`);
}

function fail(response: ServerResponse): void {
  if (response.headersSent) response.destroy();
  else refuse(response, { status: 500, message: "The console could not answer. Its log says why." });
}
