import { ChunkReader } from "#sensor/chunks.ts";
import { ProtocolError, type ReadHead, type ResponseHead, readHead } from "#sensor/response-head.ts";

/** What hears an answer as it comes; whatever it throws ends the connection. */
export type ResponseListener = {
  /** An answer from 100 to 199, of which nothing is passed on. */
  interim(status: number): void;
  /** `isAlone`: nothing of the body has come with it. */
  head(head: ResponseHead, isAlone: boolean): void;
  /** A part of the body; with the last one of known length `isLast` says so, and `end` follows. */
  body(part: Buffer, isLast: boolean): void;
  end(): void;
};

/** As much as Node's own parser takes. */
const mostHeadBytes = 16_384;
const endOfHead = Buffer.from("\r\n\r\n");
const nothing = Buffer.alloc(0);

/**
 * Reads one answer after the other from a connection's bytes. It is strict: whoever reads more leniently behind us sees the
 * same answer, and what does not follow the grammar is none. `read` and `close` throw ProtocolError.
 */
export class ResponseReader {
  #listener: ResponseListener | null = null;
  #hasBody = true;
  #state: "head" | "length" | "chunks" | "close" = "head";
  /** The beginning of a head whose end has not come. */
  #begun: Buffer = nothing;
  #left = 0;
  #chunks: ChunkReader | null = null;
  /** The content of the chunks that one read has brought. */
  readonly #parts: Buffer[] = [];
  #keptMs: number | null = 0;

  /** From here on the next answer is awaited, the one to a request with this method. */
  expect(method: string, listener: ResponseListener): void {
    this.#listener = listener;
    this.#hasBody = method !== "HEAD";
    this.#state = "head";
  }

  /** Whether an answer is awaited or on its way. */
  get isBusy(): boolean {
    return this.#listener !== null;
  }

  /** Whether anything of the awaited answer has come. */
  get hasBegun(): boolean {
    return this.#state !== "head" || this.#begun.length > 0;
  }

  /** For how many milliseconds the connection is kept after the last answer; null: the origin did not say. */
  get keptMs(): number | null {
    return this.#keptMs;
  }

  /** Takes what has come; bytes beyond an answer are an answer to nobody. */
  read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#listener === null) throw new ProtocolError("The origin says more than it was asked.");
      if (this.#state === "head") at = this.#readHeadIn(bytes, at);
      else if (this.#state === "chunks") at = this.#readChunks(bytes, at);
      else at = this.#readPlain(bytes, at, this.#listener);
    }
  }

  /** The origin has ended the connection: right only for a body that ends with it. */
  close(): void {
    if (this.#listener === null) return;
    if (this.#state !== "close") throw new ProtocolError("The origin's connection ended within its answer.");
    this.#end();
  }

  #readHeadIn(bytes: Buffer, from: number): number {
    const before = this.#begun.length;
    const whole = before === 0 ? (from === 0 ? bytes : bytes.subarray(from)) : Buffer.concat([this.#begun, bytes.subarray(from)]);
    const end = whole.indexOf(endOfHead, Math.max(0, before - 3));
    if ((end === -1 ? whole.length : end) > mostHeadBytes) throw new ProtocolError(`The origin's head is over ${mostHeadBytes} bytes.`);
    if (end === -1) {
      this.#begun = whole;
      return bytes.length;
    }
    this.#begun = nothing;
    this.#take(readHead(whole.toString("latin1", 0, end + 2)), end + 4 === whole.length);
    return from + end + 4 - before;
  }

  #take(head: ReadHead, isAlone: boolean): void {
    const { status, framing } = head;
    if (status === 101) throw new ProtocolError("The origin switches protocols, for which nobody asked.");
    if (status < 200) {
      this.#listener?.interim(status);
      return;
    }
    const isBodiless = !this.#hasBody || status === 204 || status === 304;
    // Such an answer has no length (RFC 9110 §8.6): an origin that says one may well send it.
    const isOdd = status === 204 && framing.kind !== "close";
    this.#keptMs = isOdd || (framing.kind === "close" && !isBodiless) ? 0 : head.keptMs;
    this.#state = isBodiless ? "head" : framing.kind;
    if (framing.kind === "length") this.#left = framing.length;
    if (framing.kind === "chunks") this.#chunks = isBodiless ? null : new ChunkReader((part) => this.#parts.push(part));
    this.#listener?.head(head, isAlone);
    if (isBodiless || (framing.kind === "length" && framing.length === 0)) this.#end();
  }

  #readPlain(bytes: Buffer, from: number, listener: ResponseListener): number {
    if (this.#state === "close") {
      listener.body(from === 0 ? bytes : bytes.subarray(from), false);
      return bytes.length;
    }
    const end = Math.min(bytes.length, from + this.#left);
    this.#left -= end - from;
    listener.body(from === 0 && end === bytes.length ? bytes : bytes.subarray(from, end), this.#left === 0);
    if (this.#left === 0) this.#end();
    return end;
  }

  #readChunks(bytes: Buffer, from: number): number {
    const end = this.#readContent(bytes, from);
    if (end === -1) return bytes.length;
    this.#end();
    return end;
  }

  /** What came together goes on together: a write for each chunk of a byte would cost far more memory than was sent. */
  #readContent(bytes: Buffer, from: number): number {
    try {
      return this.#chunks?.read(bytes, from) ?? -1;
    } finally {
      const parts = this.#parts.splice(0);
      const [only] = parts;
      if (only !== undefined) this.#listener?.body(parts.length === 1 ? only : Buffer.concat(parts), false);
    }
  }

  #end(): void {
    const listener = this.#listener;
    this.#listener = null;
    this.#state = "head";
    this.#chunks = null;
    listener?.end();
  }
}
