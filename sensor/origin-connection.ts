import type { Socket } from "node:net";
import { ProtocolError, type ResponseHead } from "#sensor/response-head.ts";
import { ResponseReader } from "#sensor/response-reader.ts";

/** Who asked on a connection and hears what becomes of it; after `failed` and after `ended` nothing more. */
export type Caller = {
  interim(): void;
  /** `isAlone`: nothing of the body has come with it. */
  answered(head: ResponseHead, isAlone: boolean): void;
  /** A part of the body; `isLast` may say so, and `ended` follows. */
  body(part: Buffer, isLast: boolean): void;
  ended(): void;
  failed(error: unknown): void;
  /** What was written is out, and more may follow. */
  drained(): void;
};

/** Whose the connection is while nobody asks on it. */
export type Keeper = {
  /** It may serve the next request. */
  release(connection: OriginConnection): void;
  gone(connection: OriginConnection): void;
};

/** One connection to an origin, TLS included, that carries one request after the other (RFC 9112 §9.3), never two at once. */
export class OriginConnection {
  readonly address: string | undefined;
  readonly #socket: Socket;
  readonly #keeper: Keeper;
  readonly #reader = new ResponseReader();
  #caller: Caller | null = null;
  /** What the caller wrote is a whole request. */
  #isSent = true;
  #requests = 0;
  /** What waits for its body's first part. */
  #unsent: { method: string; head: string } | null = null;

  constructor(socket: Socket, keeper: Keeper) {
    this.#socket = socket;
    this.#keeper = keeper;
    this.address = socket.remoteAddress;
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
    socket.on("end", () => this.#close());
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(gone()));
    socket.on("drain", () => this.#caller?.drained());
  }

  /** Whether a request was sent on it before: then its end may have been on its way. */
  get isReused(): boolean {
    return this.#requests > 1;
  }

  /** The origin has neither closed it nor said anything unasked. */
  get isUsable(): boolean {
    return this.#socket.writable && !this.#socket.destroyed;
  }

  /** For how many milliseconds the origin keeps it; 0: not at all, null: it did not say. */
  get keptMs(): number | null {
    return this.#reader.keptMs;
  }

  /** Whether the head of the present request still waits for its body's first part. */
  get isUnsent(): boolean {
    return this.#unsent !== null;
  }

  /** Whether anything of the answer has come. */
  get hasAnswered(): boolean {
    return this.#reader.hasBegun;
  }

  /**
   * Sends a request's head, its last CRLF included. Unless `isWhole` its body follows through `write` and `finish`, and the
   * head goes with the first of it: of a body that is none from its first byte on the origin never hears.
   */
  ask(request: { method: string; head: string; isWhole: boolean }, caller: Caller): void {
    this.#caller = caller;
    this.#requests += 1;
    this.#isSent = request.isWhole;
    this.#unsent = request;
    if (request.isWhole) this.#open();
  }

  /** Bytes of the body as they go over the wire; false: wait for `drained`. */
  write(part: Buffer | string): boolean {
    if (this.#unsent === null) return this.#socket.write(part, "latin1");
    this.#socket.cork();
    this.#open();
    const goesOn = this.#socket.write(part, "latin1");
    this.#socket.uncork();
    return goesOn;
  }

  /** One chunk of a chunked body (RFC 9112 §7.1). */
  writeChunk(part: Buffer): boolean {
    if (part.length === 0) return true;
    this.#socket.cork();
    this.#open();
    this.#socket.write(`${part.length.toString(16)}\r\n`, "latin1");
    this.#socket.write(part);
    const goesOn = this.#socket.write("\r\n", "latin1");
    this.#socket.uncork();
    return goesOn;
  }

  /** The request is whole. */
  finish(): void {
    this.#open();
    this.#isSent = true;
    if (!this.#reader.isBusy) this.#release();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Destroys it, never ends it: a request cut short must not look whole. The caller hears nothing more. */
  destroy(): void {
    this.#caller = null;
    this.#socket.destroy();
  }

  #open(): void {
    if (this.#unsent === null) return;
    const { method, head } = this.#unsent;
    this.#unsent = null;
    this.#reader.expect(method, this.#listener);
    this.#socket.write(head, "latin1");
  }

  /** As `destroy`, for one who asked: given back, it may be another's by now. */
  leave(caller: Caller): void {
    if (this.#caller === caller) this.destroy();
  }

  readonly #listener = {
    interim: () => this.#caller?.interim(),
    head: (head: ResponseHead, isAlone: boolean) => this.#caller?.answered(head, isAlone),
    body: (part: Buffer, isLast: boolean) => this.#caller?.body(part, isLast),
    end: () => {
      const caller = this.#caller;
      if (this.#isSent) this.#release();
      caller?.ended();
    },
  };

  /** Given back as soon as the answer is whole: what follows it now is an answer to nobody and ends it. */
  #release(): void {
    if (this.#caller === null) return;
    this.#caller = null;
    this.#socket.resume();
    // What the origin has not taken of a request that it answered early would stand before the next one.
    if (this.#socket.writableLength > 0 || this.keptMs === 0) this.#socket.destroy();
    else this.#keeper.release(this);
  }

  #read(bytes: Buffer): void {
    try {
      this.#reader.read(bytes);
    } catch (error) {
      this.#fail(error);
      this.#socket.destroy();
    }
  }

  #close(): void {
    try {
      if (this.#reader.isBusy && !this.#reader.hasBegun) this.#fail(gone());
      else this.#reader.close();
    } catch (error) {
      this.#fail(error);
    }
    this.#socket.destroy();
    this.#keeper.gone(this);
  }

  #fail(error: unknown): void {
    const caller = this.#caller;
    this.#caller = null;
    this.#keeper.gone(this);
    caller?.failed(error);
  }
}

/** As Node says it of a connection that ended before its answer. */
function gone(): Error {
  return Object.assign(new ProtocolError("The origin's connection ended without an answer."), { code: "ECONNRESET" });
}
