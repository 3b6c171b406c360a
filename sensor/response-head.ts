import type { IncomingMessage, ServerResponse } from "node:http";
import type { Passage } from "#sensor/passage.ts";
import { headersToClient, reasonPhraseOf } from "#sensor/response-headers.ts";

/** The origin speaks something that is not the HTTP expected of it. */
export class ProtocolError extends Error {}

/** Writes the origin's status line and headers to the client; throws when the origin's head cannot be passed on. */
export function writeHead(response: ServerResponse, head: IncomingMessage, passage: Passage): void {
  const phrase = reasonPhraseOf(head.statusMessage);
  if (phrase === null) throw new ProtocolError("The origin's reason phrase holds a control character.");
  const headers = headersToClient(head.headers, passage.compiled.responseHeaders, passage.requestId);
  // HTTP/2 has none (RFC 9113 §8.3.2).
  if (phrase !== "" && !("stream" in response)) response.statusMessage = phrase;
  response.writeHead(head.statusCode ?? 502, headers);
}
