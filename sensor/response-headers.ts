import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { isHopByHop, nominatedBy } from "#sensor/hop-by-hop.ts";

/** The origin's headers for the client: none of the connection's own, the site's custom ones in their place, the request id. */
export function headersToClient(
  headers: IncomingHttpHeaders,
  custom: readonly Readonly<{ name: string; value: string }>[],
  requestId: string,
): OutgoingHttpHeaders {
  const nominated = nominatedBy(headers.connection);
  const kept: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !isHopByHop(name) && !nominated.has(name)) kept[name] = value;
  }
  for (const { name, value } of custom) kept[name.toLowerCase()] = value;
  kept["x-request-id"] = requestId;
  return kept;
}

/** The origin's reason phrase where it is one (RFC 9112 §4); null when it holds anything a status line may not. */
export function reasonPhraseOf(text: string | undefined): string | null {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text ?? "") ? (text ?? "") : null;
}
