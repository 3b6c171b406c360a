import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";
import type { DemoPki } from "#e2e/demo/demo-pki.ts";
import { escapeMarkup } from "#e2e/demo/overlay.ts";

export type DemoOrigin = { httpPort: number; httpsPort: number; close(): Promise<void> };

/** The server behind the sensor: over HTTPS it refuses every caller without a certificate of the sensor's CA, over HTTP it asks nothing. */
export async function startDemoOrigin({ originServer, sensorAuthority }: DemoPki): Promise<DemoOrigin> {
  const tls = { cert: originServer.certificate, key: originServer.key, ca: sensorAuthority.certificate };
  const servers = [createHttpServer(answer), createHttpsServer({ ...tls, requestCert: true, rejectUnauthorized: true }, answer)] as const;
  for (const server of servers) server.listen(0, "127.0.0.1");
  await Promise.all(servers.map((server) => once(server, "listening")));
  const [httpPort, httpsPort] = servers.map((server) => (server.address() as AddressInfo).port) as [number, number];
  return {
    httpPort,
    httpsPort,
    async close() {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => once(server.close(), "close")));
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const facts = factsOf(request);
  const isForPeople = request.headers.accept?.includes("text/html") ?? false;
  response.setHeader("Content-Type", isForPeople ? "text/html; charset=utf-8" : "text/plain; charset=utf-8");
  response.end(isForPeople ? page(facts) : `${facts.map(([name, value]) => `${name}: ${value}`).join("\n")}\n`);
}

/** Who called and through what, as the origin can know it. */
function factsOf({ socket, headers, method, url }: IncomingMessage): (readonly [string, string])[] {
  const caller =
    socket instanceof TLSSocket ? `${nameOf(socket)} over ${socket.getProtocol()}` : "nobody that showed a certificate, over plain HTTP";
  const shown = (name: string) => String(headers[name] ?? "none");
  return [
    ["hello from", "the demo origin"],
    ["called by", caller],
    ["on behalf of", shown("x-real-ip")],
    ["who asked for", `${method} ${shown("x-forwarded-proto")}://${shown("host")}${url}`],
    ["request id", shown("x-request-id")],
  ];
}

function nameOf(socket: TLSSocket): string {
  return socket.getPeerX509Certificate()?.subject?.replace(/\n/g, ", ") ?? "nobody that showed a certificate";
}

function page(facts: readonly (readonly [string, string])[]): string {
  const rows = facts.map(([name, value]) => `<tr><th>${escapeMarkup(name)}<td>${escapeMarkup(value)}`).join("\n");
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>The demo origin</title>
<style>body{font:16px/1.5 system-ui;margin:3rem}th{text-align:left;padding-right:2rem;font-weight:600}</style>
<h1>The demo origin</h1><table>${rows}</table></html>\n`;
}
