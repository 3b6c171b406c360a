import type { IncomingMessage, ServerResponse } from "node:http";
import type { Passage } from "#sensor/passage.ts";
import { headersToClient, reasonPhraseOf } from "#sensor/response-headers.ts";

/** The origin speaks something that is not the HTTP expected of it. */
export class ProtocolError extends Error {}

/** Writes the origin's status line and headers to the client; throws when the origin's head cannot be passed on. */
export function writeHead(response: ServerResponse, head: IncomingMessage, passage: Passage): void {
  const fault = faultOf(head);
  if (fault !== null) throw new ProtocolError(fault);
  const phrase = reasonPhraseOf(head.statusMessage);
  if (phrase === null) throw new ProtocolError("The origin's reason phrase holds a control character.");
  const headers = headersToClient(head.headers, passage.compiled.responseHeaders, passage.requestId);
  // Such an answer has no length (RFC 9110 §8.6), and clients of HTTP/2 break it off.
  if (head.statusCode === 204) delete headers["content-length"];
  // HTTP/2 has none (RFC 9113 §8.3.2).
  if (phrase !== "" && !("stream" in response)) response.statusMessage = phrase;
  response.writeHead(head.statusCode ?? 502, headers);
}

/** What Node's parser lets pass and the next reader could take for something else (RFC 9112 §6.1, RFC 9110 §15.2). */
function faultOf({ httpVersion, statusCode = 0, headers }: IncomingMessage): string | null {
  const coding = headers["transfer-encoding"]?.trim().toLowerCase();
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return `The origin speaks HTTP/${httpVersion}.`;
  if (statusCode < 200) return `The origin's answer ${statusCode} is no final one.`;
  if (coding !== undefined && httpVersion === "1.0") return "The origin sends a transfer coding in HTTP/1.0.";
  if (coding !== undefined && coding !== "chunked") return "The origin sends a transfer coding that was not asked for.";
  return null;
}
