import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type CountingOrigin, startCountingOrigin } from "#sensor/load/counting-origin.ts";

/** What `/big` answers. */
export const bigBody = Buffer.alloc(3 * 1_048_576, "tessera ");
export const eventsPerStream = 15;
/** After so long `/late` is answered. */
export const lateMs = 1_500;

/** An origin for every kind of client: `/big`, `/sum` of a body, `/events`, `/late`, and WebSockets that echo; else the path as text. */
export async function startLoadOrigin(): Promise<CountingOrigin> {
  const origin = await startCountingOrigin((request, response) => {
    const path = request.url ?? "";
    if (path === "/big") response.writeHead(200, { "content-length": bigBody.length }).end(bigBody);
    else if (path === "/sum") answerSum(request, response);
    else if (path === "/events") answerEvents(response);
    else if (path === "/late") setTimeout(() => response.end(path), lateMs);
    else response.end(path);
  });
  origin.server.on("upgrade", (_request: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => {});
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    socket.pipe(socket);
  });
  return origin;
}

export function sumOf(body: Buffer): string {
  return createHash("sha1").update(body).digest("hex");
}

function answerSum(request: IncomingMessage, response: ServerResponse): void {
  const hash = createHash("sha1");
  request.on("data", (chunk: Buffer) => hash.update(chunk));
  request.once("end", () => response.end(hash.digest("hex")));
}

function answerEvents(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  let sent = 0;
  const timer = setInterval(() => {
    sent += 1;
    response.write(`data: ${sent}\n\n`);
    if (sent < eventsPerStream) return;
    clearInterval(timer);
    response.end();
  }, 100);
  response.once("close", () => clearInterval(timer));
}
