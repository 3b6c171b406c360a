import { setImmediate } from "node:timers/promises";

/** Long work cut into slices, so that a process answers others meanwhile. */
export type Pace = {
  /** Lets others go first when this work has run for a slice; throws the signal's reason once it is aborted. */
  rest(): Promise<void>;
};

/** A pace whose work ends when `signal` does. */
export function createPace(signal?: AbortSignal): Pace {
  return cutInto(8, signal);
}

/** For a process that others expect to answer within milliseconds: one request takes several turns, a slice before each. */
export function createFinePace(): Pace {
  return cutInto(1);
}

function cutInto(sliceMs: number, signal?: AbortSignal): Pace {
  let begun = performance.now();
  return {
    async rest() {
      if (performance.now() - begun < sliceMs) return;
      await setImmediate();
      signal?.throwIfAborted();
      begun = performance.now();
    },
  };
}
