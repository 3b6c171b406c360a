import type { Socket } from "node:net";
import { AppError } from "#lib/app-error.ts";
import type { Logger } from "#lib/log.ts";
import type { Asked } from "#sensor/answerer.ts";
import type { Measurements, Overruling, Status, TrafficPort, Word } from "#sensor/messages.ts";
import type { Deltas } from "#sensor/tally.ts";

/** An admitted connection on its way to a worker; `address` is the client's. */
export type Delivery = { port: TrafficPort; socket: Socket; address: string };

/** A worker as the primary holds it, whatever it runs in. */
export type Hired = {
  take(delivery: Delivery): void;
  overrule(overruling: Overruling): void;
  /** Answers a question of the console's with JSON text; rejects when it ends before. */
  ask(asked: Asked): Promise<string>;
  /** Finishes what runs within a limit, then ends. */
  drain(): void;
  kill(): void;
};

/** What a worker reports; `onEnded` comes exactly once and last. */
export type Reports = {
  onReady: () => void;
  /** It takes no more connections and will end. */
  onLeaving: () => void;
  onWord: (word: Word) => void;
  onClosed: (addresses: readonly string[]) => void;
  onStatus: (status: Status) => void;
  onCounts: (counts: Deltas) => void;
  /** A batch for the ledger; rejects when there is nobody to take it. */
  onRecord: (batch: string) => Promise<void>;
  onEnded: (reason: string, undelivered: readonly Delivery[]) => void;
};

export type WorkersOptions = {
  count: number;
  /** For a worker that was asked to stop; it cuts what runs by itself before that. */
  endWithinMs: number;
  hire: (reports: Reports) => Hired;
  log: Logger;
  onWord: (worker: number, word: Word) => void;
  /** A connection from this address is over. */
  onClosed: (address: string) => void;
  onCounts: (counts: Deltas) => void;
  onRecord: (batch: string) => Promise<void>;
  /** Which workers serve has changed. */
  onChange: () => void;
  /** A worker has ended unasked: why, and what it had counted so far. */
  onLost: (reason: string, measurements: Measurements) => void;
};

export type Workers = {
  /** Hires all; resolves when each serves. Throws AppError `worker.failed` with the reason of one that ended before. */
  start(): Promise<void>;
  /** Gives a connection to the worker with the fewest; while none serves it waits a little. */
  give(delivery: Delivery): void;
  /** The numbers of those that serve, and how they stand. */
  serving(): readonly number[];
  statuses(): readonly Status[];
  /** How many there should be, how many serve, and how many ended unasked so far. */
  census(): Census;
  overrule(worker: number, overruling: Overruling): void;
  /** Has the worker with the fewest connections answer; rejects with AppError `worker.none` or `worker.ended`. */
  ask(asked: Asked): Promise<string>;
  /** Resolves when all have ended. */
  drain(): Promise<void>;
};

export type Census = { wanted: number; serving: number; lost: number };

type Member = { hired: Hired; isServing: boolean; open: Map<string, number>; count: number; status: Status | null; since: number };

/** The first replacement comes at once, then ever later; a worker that served steadily clears the record. */
const patience = { firstDelayMs: 50, longestDelayMs: 10_000, steadyAfterMs: 60_000 };
/** For a connection while no worker serves: as long as a client would wait for its handshake. */
const waitMs = 10_000;

/** The workers of this process, each replaced when it ends. */
export function createWorkers(options: WorkersOptions): Workers {
  const { count, hire, log, onClosed, onChange } = options;
  const members = new Map<number, Member>();
  const waiting = new Map<Delivery, NodeJS.Timeout>();
  let nextNumber = 1;
  let failures = 0;
  let lost = 0;
  let isStopping = false;
  const allEnded = Promise.withResolvers<void>();

  return { start, give, serving, statuses, census, overrule, ask, drain };

  /** What fails now would fail again: the sensor does not start, and the others end. */
  async function start(): Promise<void> {
    let isStarted = false;
    const fail = (reason: string, failed: (failure: Error) => void) => {
      if (isStarted) return;
      isStopping = true;
      failed(new AppError("worker.failed", reason));
    };
    try {
      await Promise.all(
        Array.from({ length: count }, () => new Promise<void>((ready, failed) => add(ready, (reason) => fail(reason, failed)))),
      );
      isStarted = true;
    } catch (failure) {
      for (const { hired } of members.values()) hired.kill();
      throw failure;
    }
  }

  function add(onReady: () => void, onFailed: (reason: string) => void): void {
    const number = nextNumber++;
    const member: Omit<Member, "hired"> = { isServing: false, open: new Map(), count: 0, status: null, since: performance.now() };
    const hired = hire({
      onReady: () => {
        setServing(number, true);
        onReady();
        for (const delivery of takeWaiting()) give(delivery);
      },
      onLeaving: () => setServing(number, false),
      onWord: (word) => options.onWord(number, word),
      onClosed: (addresses) => {
        for (const address of addresses) release(number, address);
      },
      onStatus: (status) => Object.assign(members.get(number) ?? {}, { status }),
      onCounts: options.onCounts,
      onRecord: options.onRecord,
      onEnded: (reason, undelivered) => {
        onFailed(reason);
        remove(number, reason, undelivered);
        if (!isStopping) replace(number, reason);
      },
    });
    members.set(number, { ...member, hired });
  }

  function setServing(number: number, isServing: boolean): void {
    Object.assign(members.get(number) ?? {}, { isServing });
    onChange();
  }

  function give(delivery: Delivery): void {
    const least = idlest();
    if (least === null) {
      wait(delivery);
      return;
    }
    const { address } = delivery;
    least.count += 1;
    least.open.set(address, (least.open.get(address) ?? 0) + 1);
    least.hired.take(delivery);
  }

  function idlest(): Member | null {
    let least: Member | null = null;
    for (const member of members.values()) if (member.isServing && (least === null || member.count < least.count)) least = member;
    return least;
  }

  async function ask(asked: Asked): Promise<string> {
    const worker = idlest();
    if (worker === null) throw new AppError("worker.none", "No worker serves at the moment.");
    return worker.hired.ask(asked);
  }

  function wait(delivery: Delivery): void {
    const giveUp = () => {
      waiting.delete(delivery);
      delivery.socket.destroy();
      onClosed(delivery.address);
    };
    if (isStopping) giveUp();
    else waiting.set(delivery, setTimeout(giveUp, waitMs).unref());
  }

  function takeWaiting(): Delivery[] {
    for (const timer of waiting.values()) clearTimeout(timer);
    const deliveries = [...waiting.keys()];
    waiting.clear();
    return deliveries;
  }

  function release(number: number, address: string): void {
    const member = members.get(number);
    const open = member?.open.get(address);
    if (member === undefined || open === undefined) return;
    member.count -= 1;
    if (open === 1) member.open.delete(address);
    else member.open.set(address, open - 1);
    onClosed(address);
  }

  /** What it had not got yet goes to another; the rest of its connections ended with it. */
  function remove(number: number, reason: string, undelivered: readonly Delivery[]): void {
    const member = members.get(number);
    if (member === undefined) return;
    members.delete(number);
    for (const { address } of undelivered) member.open.set(address, (member.open.get(address) ?? 1) - 1);
    for (const [address, open] of member.open) for (let left = open; left > 0; left -= 1) onClosed(address);
    if (performance.now() - member.since >= patience.steadyAfterMs) failures = 0;
    if (!isStopping) {
      lost += 1;
      options.onLost(reason, member.status?.measurements ?? []);
    }
    onChange();
    for (const delivery of undelivered) give(delivery);
    if (members.size === 0 && isStopping) allEnded.resolve();
  }

  function replace(number: number, reason: string): void {
    const delayMs = Math.min(patience.firstDelayMs * 2 ** failures++, patience.longestDelayMs);
    log.error({ worker: number, reason, delayMs }, "a worker ended and is replaced");
    setTimeout(() => {
      if (isStopping) return;
      try {
        add(
          () => log.info("the worker is replaced"),
          () => {},
        );
      } catch (failure) {
        replace(number, String(failure));
      }
    }, delayMs).unref();
  }

  function serving(): readonly number[] {
    return [...members].flatMap(([number, { isServing }]) => (isServing ? [number] : []));
  }

  function statuses(): readonly Status[] {
    return [...members.values()].flatMap(({ isServing, status }) => (isServing && status !== null ? [status] : []));
  }

  function census(): Census {
    return { wanted: count, serving: serving().length, lost };
  }

  function overrule(number: number, overruling: Overruling): void {
    members.get(number)?.hired.overrule(overruling);
  }

  async function drain(): Promise<void> {
    isStopping = true;
    for (const delivery of takeWaiting()) wait(delivery);
    const timer = setTimeout(() => {
      for (const { hired } of members.values()) hired.kill();
    }, options.endWithinMs);
    for (const { hired } of members.values()) hired.drain();
    if (members.size > 0) await allEnded.promise;
    clearTimeout(timer);
  }
}
