import { once } from "node:events";
import { createServer as createHttpServer, type IncomingHttpHeaders } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";
import { createAuthority, createServer, type Identity } from "#e2e/pki/authority.ts";

/** What the origin saw of one request: the proof of what really reached it. */
export type Arrival = { method: string; url: string; headers: IncomingHttpHeaders; body: string; clientCertificate: string | null };

export type Origin = {
  port: number;
  /** The authority of the origin's own certificate, PEM. */
  ca: string;
  arrivals: Arrival[];
  close(): Promise<void>;
};

type OriginOptions = { hostName?: string; clientAuthority?: Identity; isPlain?: boolean };

/** A real origin on loopback. With `clientAuthority` it refuses every caller without a certificate of that authority. */
export async function startOrigin({ hostName = "origin.test", clientAuthority, isPlain = false }: OriginOptions = {}): Promise<Origin> {
  const authority = await createAuthority({ commonName: "Origin CA" });
  const own = await createServer(authority, [hostName, "127.0.0.1"]);
  const arrivals: Arrival[] = [];
  const tls = {
    cert: own.certificate,
    key: own.key,
    ca: clientAuthority?.certificate,
    requestCert: clientAuthority !== undefined,
    rejectUnauthorized: clientAuthority !== undefined,
  };
  const server = isPlain ? createHttpServer() : createHttpsServer(tls);
  server.on("request", async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const clientCertificate = request.socket instanceof TLSSocket ? (request.socket.getPeerX509Certificate()?.subject ?? null) : null;
    const arrival = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body, clientCertificate };
    arrivals.push(arrival);
    response.setHeader("content-type", request.url === "/page" ? "text/html" : "application/json");
    response.end(request.url === "/page" ? "<!doctype html><title>Origin</title><h1>Hello from the origin</h1>" : JSON.stringify(arrival));
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    ca: authority.certificate,
    arrivals,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
