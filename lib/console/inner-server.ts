import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Where Next calls itself: after a redirect in an action, and for an action that belongs to another page. */
export type InnerServer = {
  server: Server;
  origin: string;
  /** Makes a request one that came through the front door; Next copies its headers when it calls itself. */
  vouch(request: IncomingMessage): void;
};

/**
 * Through the front door such a call would arrive as a visit of this machine, and whoever provokes it would lose his
 * own address. So it has an entrance of its own on loopback that takes only what carries a secret of this process.
 */
export async function openInnerServer(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  onError: (error: unknown) => void,
): Promise<InnerServer> {
  const secret = randomBytes(32);
  const server = createServer((request, response) => {
    if (!isVouchedFor(request, secret)) return response.writeHead(404, { Connection: "close" }).end();
    answer(request, response).catch((error) => {
      onError(error);
      response.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    server,
    origin: `http://127.0.0.1:${port}`,
    vouch: (request) => {
      request.headers[header] = secret.toString("base64url");
    },
  };
}

const header = "x-tessera-inner";

function isVouchedFor({ headers }: IncomingMessage, secret: Buffer): boolean {
  const given = Buffer.from(String(headers[header] ?? ""), "base64url");
  return given.length === secret.length && timingSafeEqual(given, secret);
}
