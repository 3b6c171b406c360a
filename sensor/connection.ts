import type { Socket } from "node:net";
import { type Client, clientsOf } from "#sensor/clients.ts";
import type { Deadlines } from "#sensor/deadlines.ts";
import type { RunExcess, Runs } from "#sensor/runs.ts";

/** One TCP connection of a client, from accept to close, with the deadline of the phase it is in. */
export type Connection = {
  readonly address: string;
  /** As whom the address counts where limits are judged. */
  readonly clients: readonly Client[];
  /** When it was taken over, on the monotonic clock of performance.now. */
  readonly since: number;
  /** The site the handshake's SNI chose, on the HTTP port the one first asked for; null before. */
  readonly siteId: string | null;
  /** An older revision's connection: it takes no new request. */
  readonly isRetired: boolean;
  /** Something runs on it. */
  readonly isBusy: boolean;
  /** How many requests and WebSockets do. */
  readonly load: number;
  assign(siteId: string): void;
  /** The handshake is over; `socket` is the stream to end gracefully. */
  secure(socket: Closable, options: { isRefused: boolean }): void;
  /** A request or WebSocket begins; null when the connection takes none any more. */
  begin(start: Start): Running | null;
  /**
   * Takes no new request. Idle: closed at once, else after the current one. With a grace, within which a client cannot have
   * heard of it yet, the next request is the last, and is told so.
   */
  retire(graceMs?: number): void;
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
  /** Asks it to close the connection with its answer; false when the answer's head has left already. */
  askToClose: () => boolean;
};

/**
 * What runs on a connection; `end` may be called more than once. `cutAt` is moved forward when its revision ends. With an
 * `excess` it is over that limit: it must be turned away, and does not count.
 */
export type Running = Readonly<Start> & {
  readonly clients: readonly Client[];
  readonly excess: RunExcess | null;
  cutAt: number;
  /** Where it stands among all runs of the process, and whether it has a place in its site's share: for those who count. */
  place: number;
  isInSite: boolean;
  /** It was refused: what it still needs until its answer is taken is its client's alone, else strangers could fill a site. */
  leaveSite(): void;
  end(): void;
};

export type Closable = {
  end(): void;
  /** Its end says which requests nothing was done with, so that a client repeats them by itself (RFC 9113 §6.8). */
  readonly isTelling?: boolean;
  bytesRead: number;
  readonly bytesWritten: number;
  readonly writableLength: number;
};

/** What a connection was late with when it was closed; `cut` is the end of what ran on an old revision. */
export type Deadline = "hello" | "handshake" | "head" | "idle" | "stall" | "linger" | "cut";

export type ConnectionOptions = {
  address: string;
  deadlines: Deadlines;
  now: () => number;
  /** Collects what runs on all connections. */
  runs: Runs;
  onLate: (deadline: Deadline) => void;
};

/** `first` says whether a handshake or at once a request is expected. */
export function createConnection(raw: Socket, first: "hello" | "head", options: ConnectionOptions): Connection {
  const { address, deadlines, now, runs, onLate } = options;
  let siteId: string | null = null;
  let isRetired = false;
  /** The grace of an older revision's connection: how long it lasts, and its end. */
  let grace: { ms: number; endsAt: number } | null = null;
  let stream: Closable | null = first === "head" ? raw : null;
  let due = first === "hello" ? within("hello", deadlines.helloMs) : within("head", deadlines.headMs);
  let idleBytes: number | null = null;
  let unsent = { mark: "", since: 0 };
  // No Set, as in `runs`.
  const running: Running[] = [];
  const clients = clientsOf(address);
  // Each run ends by itself when its client goes; should one forget, its client would be locked out by and by.
  raw.once("close", () => setImmediate(endAll));

  return {
    address,
    clients,
    since: performance.now(),
    get siteId() {
      return siteId;
    },
    get isRetired() {
      return isRetired;
    },
    get isBusy() {
      return running.length > 0;
    },
    get load() {
      return running.length;
    },
    assign(chosen) {
      siteId = chosen;
      if (stream === null) due = within("handshake", deadlines.handshakeMs);
    },
    secure(socket, { isRefused }) {
      stream = socket;
      if (grace !== null) beginGrace(grace.ms);
      due = within("head", isRefused ? deadlines.refusedHeadMs : deadlines.headMs);
    },
    begin,
    retire,
    refuse,
    destroy: () => raw.destroy(),
    sweep,
  };

  function within(deadline: Deadline, ms: number): { at: number; deadline: Deadline } {
    return { at: now() + ms, deadline };
  }

  function begin(start: Start): Running | null {
    if (isRetired) return null;
    idleBytes = null;
    due = { at: Number.POSITIVE_INFINITY, deadline: "head" };
    const excess = runs.excess({ clients, siteId: start.siteId });
    const leaveSite = () => runs.leaveSite(run);
    const run: Running = { ...start, clients, excess, cutAt: Number.POSITIVE_INFINITY, place: -1, isInSite: false, leaveSite, end };
    running.push(run);
    runs.add(run);
    if (grace !== null) retire();
    return run;

    function end(): void {
      runs.remove(run);
      const at = running.indexOf(run);
      if (at === -1) return;
      running.splice(at, 1);
      if (running.length === 0 && !raw.destroyed) becomeIdle();
    }
  }

  function endAll(): void {
    for (const run of [...running]) run.end();
  }

  function becomeIdle(): void {
    if (isRetired) {
      close();
      return;
    }
    idleBytes = stream?.bytesRead ?? null;
    due = within("idle", deadlines.idleMs);
  }

  function retire(graceMs = 0): void {
    if (isRetired) return;
    const isSaid = [...running].map((run) => run.askToClose()).every(Boolean);
    // An HTTP/1.1 connection that ends without a word leaves its client in doubt about a request that was on its way.
    if (graceMs > 0 && stream?.isTelling !== true && (running.length === 0 || !isSaid)) beginGrace(graceMs);
    else {
      isRetired = true;
      if (running.length === 0) close();
    }
  }

  /** From the end of the handshake, where that goes on: only then can a request come. */
  function beginGrace(ms: number): void {
    grace = { ms, endsAt: stream === null ? Number.POSITIVE_INFINITY : now() + ms };
  }

  function refuse(): void {
    retire();
    if (running.length > 0) due = within("head", deadlines.refusedHeadMs);
  }

  /** Before the end of the handshake there is nobody to say goodbye to. */
  function close(): void {
    due = within("linger", deadlines.lingerMs);
    idleBytes = null;
    if (stream === null) raw.destroy();
    else stream.end();
  }

  function sweep(): void {
    const at = now();
    if (grace !== null && at >= grace.endsAt) retire();
    // A kept connection's next head has begun: from here its own, shorter deadline counts.
    if (idleBytes !== null && stream !== null && stream.bytesRead > idleBytes) {
      idleBytes = null;
      if (at + deadlines.headMs < due.at) due = within("head", deadlines.headMs);
    }
    if (at >= due.at) endLate(due.deadline);
    else if (isStalled(at)) endLate("stall");
  }

  function endLate(deadline: Deadline): void {
    if (!raw.destroyed) onLate(deadline);
    raw.destroy();
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
