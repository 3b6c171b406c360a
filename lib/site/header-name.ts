/** Headers of the connection itself, of framing, and the one the sensor owns: nobody may set them (RFC 9110 §7.6.1, §8.6). */
const reserved = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-request-id",
]);

/** Whether the text is a header name (RFC 9110 §5.1, token). */
export function isHeaderName(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
}

/** Whether the header belongs to the connection, to framing or to the sensor. */
export function isReservedHeader(name: string): boolean {
  return reserved.has(name.toLowerCase());
}
