import type { OutgoingHttpHeaders } from "node:http";

/** What a request line may hold beside its spaces, and a field's value (RFC 9112 §3, RFC 9110 §5.5). */
const target = /^[\x21-\x7e\x80-\xff]+$/;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const value = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * A request's head as it goes over the wire, in Latin-1 (RFC 9112 §2.1). Throws when anything in it would be read as more
 * than the one request: the parsers before it see to that, and this is the last place that can.
 */
export function requestHead({ method, path, headers }: { method: string; path: string; headers: OutgoingHttpHeaders }): string {
  if (!token.test(method) || !target.test(path)) throw new Error("The request line cannot be written.");
  let text = `${method} ${path} HTTP/1.1\r\n`;
  for (const name in headers) {
    const given = headers[name];
    if (Array.isArray(given)) for (const one of given) text += fieldLine(name, one);
    else if (given !== undefined) text += fieldLine(name, String(given));
  }
  return `${text}\r\n`;
}

function fieldLine(name: string, given: string): string {
  if (!token.test(name) || !value.test(given)) throw new Error("A header field cannot be written.");
  return `${name}: ${given}\r\n`;
}
