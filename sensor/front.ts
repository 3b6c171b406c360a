import type { Logger } from "#lib/log.ts";
import type { Admission, Excess } from "#sensor/admission.ts";
import type { Arrival, Judgement } from "#sensor/messages.ts";

export type FrontOptions = {
  admission: Admission;
  onLimit: (limit: Excess) => void;
  log: Logger;
};

/** Judges a connection that a worker has accepted and read nothing of; whom it lets in is counted until it is released. */
export type Front = (arrival: Arrival) => Judgement;

/** Counts who comes for all workers, and says once a second what was over a limit: a flood must not become one of lines. */
export function createFront({ admission, onLimit, log }: FrontOptions): Front {
  const excesses = new Map<Excess, { count: number; address: string }>();
  return ([port, address]) => {
    const excess = admission.take(address, port);
    if (excess !== null) note(excess, address);
    return excess;
  };

  function note(excess: Excess, address: string): void {
    onLimit(excess);
    const before = excesses.get(excess);
    excesses.set(excess, { count: (before?.count ?? 0) + 1, address });
    if (before === undefined) setTimeout(report, 1_000, excess).unref();
  }

  function report(excess: Excess): void {
    log.warn({ limit: excess, ...excesses.get(excess) }, "connections over a limit were closed");
    excesses.delete(excess);
  }
}
