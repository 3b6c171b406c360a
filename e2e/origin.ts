import { once } from "node:events";
import { createServer as createHttpServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { createAuthority, createServer, type Identity } from "#e2e/pki/authority.ts";

/** What the origin saw of one request, from its head on: the proof of what really reached it. */
export type Arrival = {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** The body has ended, and was not broken off. */
  isWhole: boolean;
  clientCertificate: string | null;
};

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
  const note = (request: IncomingMessage): Arrival => {
    const clientCertificate = request.socket instanceof TLSSocket ? (request.socket.getPeerX509Certificate()?.subject ?? null) : null;
    const { method = "", url = "", headers } = request;
    const arrival: Arrival = { method, url, headers, body: "", isWhole: false, clientCertificate };
    arrivals.push(arrival);
    return arrival;
  };
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (request, socket) => {
    note(request);
    upgraded.add(socket.on("error", () => {}).once("close", () => upgraded.delete(socket)));
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    socket.pipe(socket);
  });
  server.on("request", (request, response) => {
    const arrival = note(request);
    request.setEncoding("utf8");
    request.on("error", () => {});
    request.on("data", (text: string) => {
      arrival.body += text;
    });
    request.once("end", () => {
      arrival.isWhole = true;
      if (request.url === "/large") return void response.end(Buffer.alloc(24 * 1_048_576));
      response.setHeader("content-type", request.url === "/page" ? "text/html" : "application/json");
      response.end(
        request.url === "/page" ? "<!doctype html><title>Origin</title><h1>Hello from the origin</h1>" : JSON.stringify(arrival),
      );
    });
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    ca: authority.certificate,
    arrivals,
    async close() {
      for (const socket of upgraded) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
