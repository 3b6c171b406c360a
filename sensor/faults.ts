import { AppError } from "#lib/app-error.ts";
import { escaped } from "#lib/pki/name.ts";

/** What went wrong, as sentences for the page Sensors; `isOver` once it does no more. */
export type Fault = { message: string; at: Date; isOver: boolean };

export type Faults = {
  /** Something that went wrong and is over: it is told until something else goes wrong. */
  note(message: string): void;
  /** What goes wrong at present, else what did last, null when nothing has. */
  last(): Fault | null;
};

/** Remembers the newest fault; `present` answers what goes wrong now, null when nothing does. */
export function createFaults(present: () => string | null, now: () => Date = () => new Date()): Faults {
  let past: Fault | null = null;
  let current: Fault | null = null;

  return { note, last };

  function note(message: string): void {
    past = { message, at: now(), isOver: true };
  }

  function last(): Fault | null {
    const message = present();
    if (current !== null && current.message !== message) {
      past = { ...current, isOver: true };
      current = null;
    }
    if (message !== null) current ??= { message, at: now(), isOver: false };
    return current ?? past;
  }
}

/** A failure of the store in sentences; the text of a failure that is not ours stays in the log, where it cannot mislead. */
export function sayStoreFault(failure: unknown, consequence: string): string {
  const isOurs = failure instanceof AppError && failure.code === "store.unavailable";
  if (!isOurs) return `The sensor met a failure that it does not know. ${consequence} Its log says more.`;
  return `${failure.message} ${consequence} Check that DATA_DIR holds the file, that the sensor’s user may use it, and that the disk is not full.`;
}

/** That a worker ended unasked; `reason` may hold text of the platform's. */
export function sayWorkerEnded(reason: string): string {
  return `A worker ended and is replaced, its connections were cut. ${escaped(reason)} The sensor’s log says more.`;
}
