import type { ConsoleStore } from "#lib/store/store.ts";

const lookEveryMs = 10;

/** Resolves once the store's serving mark is another one than `mark`, at `signal`, or after `withinMs` milliseconds. */
export function untilServingMoves(store: ConsoleStore, mark: string, withinMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const waiter = { mark, done };
    const deadline = setTimeout(done, withinMs);
    signal.addEventListener("abort", done);
    waiters.add(waiter);
    if (waiters.size === 1) void watch(store);

    function done() {
      clearTimeout(deadline);
      signal.removeEventListener("abort", done);
      waiters.delete(waiter);
      resolve();
    }
  });
}

const waiters = new Set<{ mark: string; done(): void }>();
let isWatching = false;

/** One look serves all who wait, however many they are; while nobody waits nobody looks. */
async function watch(store: ConsoleStore): Promise<void> {
  if (isWatching) return;
  isWatching = true;
  while (waiters.size > 0) {
    // A store that cannot be read has moved too: whoever waits asks it again and hears what is wrong.
    const moved = await store.servingMark().catch(() => null);
    for (const { mark, done } of waiters) if (moved !== mark) done();
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  isWatching = false;
}
