import { isHopByHop, nominatedBy } from "#sensor/hop-by-hop.ts";

/**
 * The origin's headers for the client: none of the connection's own, the site's custom ones in their place, the request id.
 * Given and answered as names in lower case and values in turn; a field that may stand once only keeps its first value.
 */
export function headersToClient(
  headers: readonly string[],
  custom: readonly Readonly<{ name: string; value: string }>[],
  requestId: string,
): string[] {
  const nominated = nominatedIn(headers);
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? "";
    if (isHopByHop(name) || name === "x-request-id" || nominated?.has(name)) continue;
    if (custom.some((one) => one.name.toLowerCase() === name)) continue;
    if (single.has(name) && holds(kept, name)) continue;
    kept.push(name, headers[at + 1] ?? "");
  }
  for (const { name, value } of custom) if (name.toLowerCase() !== "x-request-id") kept.push(name.toLowerCase(), value);
  kept.push("x-request-id", requestId);
  return kept;
}

/** Of two of these a client takes the one or the other (RFC 9110 §5.3 allows one): the first, as ever. */
const single = new Set(["age", "content-length", "content-type", "etag", "expires", "last-modified", "location", "retry-after", "server"]);

function holds(headers: readonly string[], name: string): boolean {
  for (let at = 0; at < headers.length; at += 2) if (headers[at] === name) return true;
  return false;
}

function nominatedIn(headers: readonly string[]): ReadonlySet<string> | null {
  let options = "";
  for (let at = 0; at + 1 < headers.length; at += 2) if (headers[at] === "connection") options += `,${headers[at + 1]}`;
  return options === "" ? null : nominatedBy(options);
}
