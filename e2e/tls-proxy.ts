import { once } from "node:events";
import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAuthority, createServer as createServerCertificate } from "#e2e/pki/authority.ts";

/** A proxy that ends TLS for the console as nginx does with the lines of docs/operations.md. */
export async function startTlsProxy() {
  const { certificate, key } = await createServerCertificate(await createAuthority(), ["localhost"]);
  let target = 0;
  const server = createServer({ cert: certificate, key }, (incoming, answer) => {
    const { method, url, headers, socket } = incoming;
    const forwarded = {
      "x-forwarded-proto": "https",
      "x-forwarded-for": `${headers["x-forwarded-for"] ?? "192.0.2.66"}, ${socket.remoteAddress}`,
    };
    const outgoing = request({ port: target, host: "127.0.0.1", method, path: url, headers: { ...headers, ...forwarded } }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    outgoing.on("error", () => answer.destroy());
    incoming.pipe(outgoing);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}`,
    pointAt(consolePort: number) {
      target = consolePort;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
