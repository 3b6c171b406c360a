import { AppError } from "#lib/app-error.ts";
import type { Logger } from "#lib/log.ts";
import type { Asked } from "#sensor/answerer.ts";
import { restingAmong } from "#sensor/balance.ts";
import { createHeld, type Held } from "#sensor/held.ts";
import type { Arrival, Judgement, Measurements, Overruling, Status, Word } from "#sensor/messages.ts";
import type { Deltas } from "#sensor/tally.ts";

/** A worker as the primary holds it, whatever it runs in. */
export type Hired = {
  /** Has it accept connections on the traffic ports, also when it does already. */
  listen(): void;
  /** Has it accept none until it is told to listen; its connections go on. */
  rest(): void;
  overrule(overruling: Overruling): void;
  /** Answers a question of the console's with JSON text; rejects when it ends before. */
  ask(asked: Asked): Promise<string>;
  /** Finishes what runs within a limit, then ends. */
  drain(): void;
  kill(): void;
};

/** What a worker reports; `onEnded` comes exactly once and last. */
export type Reports = {
  /** It accepts connections. */
  onReady: () => void;
  /** It takes no more connections and will end. */
  onLeaving: () => void;
  onWord: (word: Word) => void;
  /** It asks which of the connections it accepted are let in. */
  onArrived: (arrivals: readonly Arrival[]) => readonly Judgement[];
  onClosed: (addresses: readonly string[]) => void;
  onStatus: (status: Status) => void;
  onCounts: (counts: Deltas) => void;
  /** A batch for the ledger; rejects when there is nobody to take it. */
  onRecord: (batch: string) => Promise<void>;
  onEnded: (reason: string) => void;
};

export type WorkersOptions = {
  count: number;
  /** For a worker that was asked to stop; it cuts what runs by itself before that. */
  endWithinMs: number;
  hire: (reports: Reports) => Hired;
  log: Logger;
  onWord: (worker: number, word: Word) => void;
  /** Whether a connection is let in; then `onClosed` comes for it exactly once, also when its worker ends. */
  judge: (arrival: Arrival) => Judgement;
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

type Member = {
  hired: Hired;
  held: Held;
  isServing: boolean;
  isResting: boolean;
  status: Status | null;
  since: number;
  /** When it last said something. */
  heardAt: number;
};

/** The first replacement comes at once, then ever later; a worker that served steadily clears the record. */
const patience = { firstDelayMs: 50, longestDelayMs: 10_000, steadyAfterMs: 60_000 };

/**
 * The workers of this process, each replaced when it ends. They accept by themselves; which connections each holds is
 * counted here, and one that has far more than its share rests.
 */
export function createWorkers(options: WorkersOptions): Workers {
  const { count, hire, log, onClosed, onChange } = options;
  const members = new Map<number, Member>();
  let nextNumber = 1;
  let failures = 0;
  let lost = 0;
  let isStopping = false;
  const allEnded = Promise.withResolvers<void>();

  return { start, serving, statuses, census, overrule, ask, drain };

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
    const since = performance.now();
    const hired = hire({
      onReady: () => {
        setServing(number, true);
        onReady();
      },
      onLeaving: () => setServing(number, false),
      onWord: (word) => options.onWord(number, word),
      onArrived: (arrivals) => arrive(number, arrivals),
      onClosed: (addresses) => release(number, addresses),
      onStatus: (status) => stand(number, status),
      onCounts: options.onCounts,
      onRecord: options.onRecord,
      onEnded: (reason) => {
        onFailed(reason);
        remove(number, reason);
        if (!isStopping) replace(number, reason);
      },
    });
    members.set(number, { hired, held: createHeld(), isServing: false, isResting: false, status: null, since, heardAt: since });
  }

  function setServing(number: number, isServing: boolean): void {
    Object.assign(members.get(number) ?? {}, { isServing });
    balance();
    onChange();
  }

  /** What came from a worker that is gone is gone with it, and is not counted. */
  function arrive(number: number, arrivals: readonly Arrival[]): readonly Judgement[] {
    const member = members.get(number);
    if (member === undefined) return [];
    member.heardAt = performance.now();
    const judgements = arrivals.map((arrival) => {
      const judgement = options.judge(arrival);
      if (judgement === null) member.held.add(arrival[1]);
      return judgement;
    });
    balance();
    return judgements;
  }

  /** A port may be lost on its way to a worker that has no file descriptor left: it is sent until the worker says it listens. */
  function stand(number: number, status: Status): void {
    const member = members.get(number);
    if (member === undefined) return;
    member.status = status;
    member.heardAt = performance.now();
    if (member.isServing && !member.isResting && !status.isListening && !isStopping) member.hired.listen();
    balance();
  }

  function balance(): void {
    if (isStopping) return;
    const serving = [...members.values()].filter(({ isServing }) => isServing);
    const loads = serving.map(({ held, isResting, heardAt }) => ({ count: held.count(), isResting, heardAt }));
    const resting = restingAmong(loads, performance.now());
    for (const [at, member] of serving.entries()) {
      const isResting = resting[at] === true;
      if (isResting === member.isResting) continue;
      member.isResting = isResting;
      if (isResting) member.hired.rest();
      else member.hired.listen();
    }
  }

  function idlest(): Member | null {
    let least: Member | null = null;
    for (const member of members.values())
      if (member.isServing && (least === null || member.held.count() < least.held.count())) least = member;
    return least;
  }

  async function ask(asked: Asked): Promise<string> {
    const worker = idlest();
    if (worker === null) throw new AppError("worker.none", "No worker serves at the moment.");
    return worker.hired.ask(asked);
  }

  function release(number: number, addresses: readonly string[]): void {
    const member = members.get(number);
    for (const address of addresses) if (member?.held.remove(address)) onClosed(address);
    balance();
  }

  /** Its connections ended with it, those it had not been answered about too. */
  function remove(number: number, reason: string): void {
    const member = members.get(number);
    if (member === undefined) return;
    members.delete(number);
    for (const address of member.held.clear()) onClosed(address);
    if (performance.now() - member.since >= patience.steadyAfterMs) failures = 0;
    if (!isStopping) {
      lost += 1;
      options.onLost(reason, member.status?.measurements ?? []);
    }
    balance();
    onChange();
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
    const timer = setTimeout(() => {
      for (const { hired } of members.values()) hired.kill();
    }, options.endWithinMs);
    for (const { hired } of members.values()) hired.drain();
    if (members.size > 0) await allEnded.promise;
    clearTimeout(timer);
  }
}
