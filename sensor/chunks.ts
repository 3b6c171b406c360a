import { ProtocolError } from "#sensor/response-head.ts";

/** Extensions of all chunks together, or all trailers; such without end are an attack, and nobody reads them. */
const mostIgnoredBytes = 16_384;

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const quoted = '"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
const sizeLine = new RegExp(`^([0-9A-Fa-f]{1,13})((?:;${token}(?:=(?:${token}|${quoted}))?)*)\\r\\n$`);
/** Framing has no place behind a body (RFC 9110 §6.5.1). */
const trailerLine = new RegExp(`^(?!content-length:|transfer-encoding:)${token}:[\\t\\x20-\\x7e\\x80-\\xff]*\\r\\n$`, "i");

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/**
 * Reads a chunked body (RFC 9112 §7.1) by its grammar to the letter, whatever pieces it comes in. Extensions and trailers
 * are read and dropped. Every fault throws ProtocolError.
 */
export class ChunkReader {
  readonly #onContent: (part: Buffer) => void;
  #state: "size" | "content" | "contentCr" | "contentLf" | "trailer" | "done" = "size";
  /** Of the chunk that is being read. */
  #left = 0;
  /** A size or trailer line whose end has not come yet. */
  #line = "";
  #ignoredBytes = 0;

  constructor(onContent: (part: Buffer) => void) {
    this.#onContent = onContent;
  }

  /** Hands out the content in `bytes` from `from` on; answers the place behind the body's end, -1 while it goes on. */
  read(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && this.#state !== "done") {
      if (this.#state === "content") at = this.#readContent(bytes, at);
      else if (this.#state === "contentCr") at = this.#expect(bytes, at, carriageReturn, "contentLf");
      else if (this.#state === "contentLf") at = this.#expect(bytes, at, lineFeed, "size");
      else at = this.#readLine(bytes, at);
    }
    return this.#state === "done" ? at : -1;
  }

  #readContent(bytes: Buffer, from: number): number {
    const end = Math.min(bytes.length, from + this.#left);
    this.#left -= end - from;
    if (this.#left === 0) this.#state = "contentCr";
    this.#onContent(bytes.subarray(from, end));
    return end;
  }

  #expect(bytes: Buffer, at: number, byte: number, next: "contentLf" | "size"): number {
    if (bytes[at] !== byte) throw new ProtocolError("The origin sends more in a chunk than it said.");
    this.#state = next;
    return at + 1;
  }

  #readLine(bytes: Buffer, from: number): number {
    const found = bytes.indexOf(lineFeed, from);
    const end = found === -1 ? bytes.length : found + 1;
    this.#line += bytes.toString("latin1", from, end);
    this.#check(this.#ignoredBytes + this.#line.length);
    if (found === -1) return end;
    const line = this.#line;
    this.#line = "";
    if (this.#state === "size") this.#takeSize(line);
    else this.#takeTrailer(line);
    return end;
  }

  #takeSize(line: string): void {
    const [, digits, extensions = ""] = sizeLine.exec(line) ?? [];
    if (digits === undefined) throw new ProtocolError("The origin sends a chunk without a proper size.");
    this.#ignoredBytes += extensions.length;
    this.#left = Number.parseInt(digits, 16);
    this.#state = this.#left === 0 ? "trailer" : "content";
  }

  #takeTrailer(line: string): void {
    this.#ignoredBytes += line.length;
    if (line === "\r\n") this.#state = "done";
    else if (!trailerLine.test(line)) throw new ProtocolError("The origin's chunked body ends with a line that is no trailer.");
  }

  #check(ignoredBytes: number): void {
    if (ignoredBytes > mostIgnoredBytes) throw new ProtocolError("The origin's chunked body has too much around its content.");
  }
}
