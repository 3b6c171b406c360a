import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Passage } from "#sensor/passage.ts";
import type { ResponseHead } from "#sensor/response-head.ts";
import { headersToClient } from "#sensor/response-headers.ts";
import { createSilence } from "#sensor/silence.ts";

/** Whether the origin agreed to what was asked, and to nothing else (RFC 9110 §7.8). */
export function isWebSocketGrant(head: IncomingMessage): boolean {
  return head.statusCode === 101 && head.headers.upgrade?.trim().toLowerCase() === "websocket";
}

/** Joins client and origin until either goes or both are silent for the site's read time-out. */
export function openTunnel(client: Duplex, origin: Duplex, options: { head: ResponseHead; originHead: Buffer; passage: Passage }): void {
  const { head, originHead, passage } = options;
  const end = () => {
    client.destroy();
    origin.destroy();
  };
  const silence = createSilence(passage.compiled.readTimeoutMs, end);
  for (const side of [client, origin]) side.on("error", end);
  origin.once("close", () => {
    // What the origin said last may still be on its way to the client.
    if (client.writableEnded) setTimeout(end, lastWordsMs).unref();
    else client.destroy();
  });
  client.once("close", () => {
    silence.stop();
    origin.destroy();
    passage.onDone({ status: 101, verdict: "ORIGIN_OK" });
  });
  client.write(grantOf(head.headers, passage));
  // Before anybody listens: a flowing stream would hand these bytes to whoever listens first.
  if (originHead.length > 0) origin.unshift(originHead);
  origin.pipe(client);
  client.pipe(origin);
  for (const side of [client, origin]) side.on("data", silence.restart);
  silence.restart();
}

const lastWordsMs = 10_000;

function grantOf(headers: readonly string[], { compiled, requestId }: Passage): string {
  const kept = headersToClient(headers, compiled.responseHeaders, requestId);
  kept.push("connection", "Upgrade", "upgrade", "websocket");
  const lines = kept.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${kept[at + 1]}\r\n`] : []));
  return `HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`;
}
