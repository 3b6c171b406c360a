import type { Socket } from "node:net";
import type { Deadlines } from "#sensor/deadlines.ts";

/** One TCP connection of a client, from accept to close, with the deadline of the phase it is in. */
export type Connection = {
  readonly address: string;
  /** The site the handshake's SNI chose; null before, and on the HTTP port. */
  readonly siteId: string | null;
  /** An older revision's connection: it takes no new request. */
  readonly isRetired: boolean;
  /** Something runs on it. */
  readonly isBusy: boolean;
  assign(siteId: string): void;
  /** The handshake is over; `socket` is the stream to end gracefully. */
  secure(socket: Closable, options: { isRefused: boolean }): void;
  /** A request or WebSocket begins; null when the connection takes none any more. */
  begin(start: Start): Running | null;
  /** Takes no new request. Idle: closed at once, else after the current one. */
  retire(): void;
  /** Retires, with little time left for the answer to what was refused. */
  refuse(): void;
  destroy(): void;
  /** Closes what is past its deadline. */
  sweep(): void;
};

export type Start = {
  siteId: string;
  kind: "request" | "websocket";
  /** Ends it in the middle. */
  cut: () => void;
  /** Asks it to close the connection with its answer. */
  askToClose: () => void;
};

/** What runs on a connection; `end` may be called more than once. `cutAt` is moved forward when its revision ends. */
export type Running = Readonly<Start> & { cutAt: number; end(): void };

export type Closable = { end(): void; readonly bytesRead: number; readonly bytesWritten: number; readonly writableLength: number };

export type ConnectionOptions = { deadlines: Deadlines; now: () => number; runs: Set<Running> };

/** `runs` collects what runs on all connections; `first` says whether a handshake or at once a request is expected. */
export function createConnection(raw: Socket, first: "hello" | "head", { deadlines, now, runs }: ConnectionOptions): Connection {
  let siteId: string | null = null;
  let isRetired = false;
  let stream: Closable | null = first === "head" ? raw : null;
  let deadline = now() + (first === "hello" ? deadlines.helloMs : deadlines.headMs);
  let idleBytes: number | null = null;
  let unsent = { mark: "", since: 0 };
  const running = new Set<Running>();

  return {
    address: unwrapAddress(raw.remoteAddress ?? ""),
    get siteId() {
      return siteId;
    },
    get isRetired() {
      return isRetired;
    },
    get isBusy() {
      return running.size > 0;
    },
    assign(chosen) {
      siteId = chosen;
      deadline = now() + deadlines.handshakeMs;
    },
    secure(socket, { isRefused }) {
      stream = socket;
      deadline = now() + (isRefused ? deadlines.refusedHeadMs : deadlines.headMs);
    },
    begin,
    retire,
    refuse,
    destroy: () => raw.destroy(),
    sweep,
  };

  function begin(start: Start): Running | null {
    if (isRetired) return null;
    idleBytes = null;
    deadline = Number.POSITIVE_INFINITY;
    const run: Running = { ...start, cutAt: Number.POSITIVE_INFINITY, end };
    running.add(run);
    runs.add(run);
    return run;

    function end(): void {
      runs.delete(run);
      if (running.delete(run) && running.size === 0) becomeIdle();
    }
  }

  function becomeIdle(): void {
    if (isRetired) {
      close();
      return;
    }
    idleBytes = stream?.bytesRead ?? null;
    deadline = now() + deadlines.idleMs;
  }

  function retire(): void {
    if (isRetired) return;
    isRetired = true;
    for (const run of running) run.askToClose();
    if (running.size === 0) close();
  }

  function refuse(): void {
    retire();
    if (running.size > 0) deadline = now() + deadlines.refusedHeadMs;
  }

  /** Before the end of the handshake there is nobody to say goodbye to. */
  function close(): void {
    deadline = now() + deadlines.lingerMs;
    idleBytes = null;
    if (stream === null) raw.destroy();
    else stream.end();
  }

  function sweep(): void {
    const at = now();
    // A kept connection's next head has begun: from here its own, shorter deadline counts.
    if (idleBytes !== null && stream !== null && stream.bytesRead > idleBytes) {
      idleBytes = null;
      deadline = Math.min(deadline, at + deadlines.headMs);
    }
    if (at >= deadline || isStalled(at)) raw.destroy();
  }

  /** Something waits in the buffer and nothing of it moved for too long: a client that reads nothing holds memory. */
  function isStalled(at: number): boolean {
    const mark = stream === null || stream.writableLength === 0 ? "" : `${stream.bytesWritten} ${stream.writableLength}`;
    if (mark !== unsent.mark) unsent = { mark, since: at };
    return mark !== "" && at - unsent.since >= deadlines.stallMs;
  }
}

/** IPv4 as IPv4, also where it came in over a dual-stack socket (RFC 4291 §2.5.5.2). */
export function unwrapAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}
