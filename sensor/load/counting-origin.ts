import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { createAuthority, createClient, createServer as createServerIdentity, type Identity } from "#e2e/pki/authority.ts";
import type { SiteOptions } from "#sensor/sites-fixture.ts";

/** An origin that nobody reaches without the sensor's certificate, and the settings of a site before it. */
export type CountingOrigin = {
  readonly server: Server;
  readonly site: SiteOptions;
  /** How often a request with this number (`/n/NUMBER`) has arrived, whole. */
  arrivals(number: number): number;
  /** Cuts every connection, stays away for so long and comes back on the same port. */
  restart(awayMs: number): Promise<void>;
  close(): Promise<void>;
};

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** `serve` answers what is no numbered request. */
export async function startCountingOrigin(
  serve: Listener = (_request, response) => response.writeHead(404).end(),
): Promise<CountingOrigin> {
  const authority = await createAuthority({ commonName: "Origin CA" });
  const sensors = await createAuthority({ commonName: "Sensor CA" });
  const own = await createServerIdentity(authority, ["origin.test"]);
  const upstream: Identity = await createClient(sensors, { commonName: "sensor" });
  const counts = new Map<number, number>();
  const sockets = new Set<Duplex>();
  const server = createServer({
    cert: own.certificate,
    key: own.key,
    ca: sensors.certificate,
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    request.on("error", () => {});
    const number = /^\/n\/(\d+)$/.exec(request.url ?? "")?.[1];
    if (number === undefined) return serve(request, response);
    request.resume().once("end", () => {
      counts.set(Number(number), (counts.get(Number(number)) ?? 0) + 1);
      response.setHeader("content-length", number.length);
      response.end(number);
    });
  });
  server.on("tlsClientError", () => {});
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    server,
    site: {
      originHttpsPort: port,
      originServerName: "origin.test",
      originCaCertificates: authority.certificate,
      upstream,
    },
    arrivals: (number) => counts.get(number) ?? 0,
    async restart(awayMs) {
      await close();
      await new Promise((resolve) => setTimeout(resolve, awayMs));
      await once(server.listen(port, "127.0.0.1"), "listening");
    },
    close,
  };

  async function close(): Promise<void> {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }
}
