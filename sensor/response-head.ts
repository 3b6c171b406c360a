/** The origin speaks something that is not the HTTP/1.1 expected of it. */
export class ProtocolError extends Error {}

/** A final answer's head, as the strict grammar read it. */
export type ResponseHead = {
  /** From 200 to 999. */
  readonly status: number;
  readonly phrase: string;
  /** Names in lower case and values without white space around, in turn, in the order they came. */
  readonly headers: readonly string[];
};

/** How the body behind a head ends (RFC 9112 §6.3); `length` counts bytes. */
export type Framing = { kind: "length"; length: number } | { kind: "chunks" } | { kind: "close" };

/** A head of any status with what the connection needs to know of it. */
export type ReadHead = ResponseHead & {
  readonly framing: Framing;
  /** For how many milliseconds the origin keeps the connection; 0 when it closes it, null when it does not say. */
  readonly keptMs: number | null;
};

/**
 * Reads a head, from its first byte to the CRLF of its last field line, by the grammar of RFC 9112 to the letter: no folded
 * lines, no bare CR or LF, no space before a colon, one length at most, and none beside chunks. Throws ProtocolError.
 */
export function readHead(text: string): ReadHead {
  const [line, minor, digits, phrase = ""] = statusLine.exec(text) ?? [];
  if (line === undefined) throw new ProtocolError("The origin's answer does not begin with a status line of HTTP/1.1.");
  const status = Number(digits);
  if (status < 100) throw new ProtocolError(`The origin's status ${digits} is none.`);
  const headers: string[] = [];
  let length: string | null = null;
  let coding: string | null = null;
  let connection = "";
  let keepAlive = "";
  for (let at = line.length; at < text.length; ) {
    fieldLine.lastIndex = at;
    const field = fieldLine.exec(text);
    if (field === null) throw new ProtocolError("The origin's answer holds a line that is no header field.");
    at = fieldLine.lastIndex;
    const name = (field[1] ?? "").toLowerCase();
    const value = withoutTrailingSpace(field[2] ?? "");
    headers.push(name, value);
    if (name === "content-length") length = single(length, value, "Content-Length");
    // With the space behind it, which Node's own parser takes for a part of the coding.
    else if (name === "transfer-encoding") coding = single(coding, field[2] ?? "", "Transfer-Encoding");
    else if (name === "connection") connection += `,${value.toLowerCase()}`;
    else if (name === "keep-alive") keepAlive = value;
  }
  const framing = framingOf(minor === "1", length, coding);
  return { status, phrase, headers, framing, keptMs: minor === "1" ? keptMsOf(connection, keepAlive) : 0 };
}

const statusLine = /^HTTP\/1\.([01]) ([0-9]{3}) ([\t\x20-\x7e\x80-\xff]*)\r\n/;
const fieldLine = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)\r\n/y;

function single(before: string | null, value: string, name: string): string {
  if (before !== null) throw new ProtocolError(`The origin sends more than one ${name}.`);
  return value;
}

function framingOf(isOne: boolean, length: string | null, coding: string | null): Framing {
  if (coding !== null) {
    if (!isOne) throw new ProtocolError("The origin sends a transfer coding in HTTP/1.0.");
    if (length !== null) throw new ProtocolError("The origin sends a length and chunks.");
    if (coding.toLowerCase() !== "chunked") throw new ProtocolError("The origin sends a transfer coding that was not asked for.");
    return { kind: "chunks" };
  }
  if (length === null) return { kind: "close" };
  if (!/^[0-9]{1,15}$/.test(length)) throw new ProtocolError("The origin's Content-Length is no number.");
  return { kind: "length", length: Number(length) };
}

function keptMsOf(connection: string, keepAlive: string): number | null {
  if (connection !== "" && /,[\t ]*close[\t ]*(,|$)/.test(connection)) return 0;
  const seconds = keepAlive === "" ? undefined : /(?:^|[,\t ])timeout=([0-9]{1,9})/i.exec(keepAlive)?.[1];
  // What is sent in the last second could meet the origin's close.
  return seconds === undefined ? null : Math.max(0, Number(seconds) - 1) * 1_000;
}

function withoutTrailingSpace(value: string): string {
  let end = value.length;
  while (end > 0 && isSpace(value.charCodeAt(end - 1))) end -= 1;
  return end === value.length ? value : value.slice(0, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
