/** A queue of this process for work that keeps a core busy: one piece at a time, the groups that wait served by turns. */
export type Turns = {
  /** Waits for a turn and works then; never longer than `signal` lasts. */
  take<T>(asker: Asker, signal: AbortSignal, work: () => T | Promise<T>): Promise<Turn<T>>;
};

/** One question waits for each `key`, of which the newest is answered, at the place of the first. No group can fill the queue for the others. */
export type Asker = { group: string; key: string };

export type Turn<T> = { isTaken: true; value: T } | { isTaken: false; reason: Passed };

/** Why nothing was worked on: the same asker came again, too many wait already, or nobody waits for the answer any more. */
export type Passed = "superseded" | "busy" | "gone";

/** `mostOfGroup` wait in one group at most, `most` in all. */
export function createTurns({ most, mostOfGroup = most }: { most: number; mostOfGroup?: number }): Turns {
  /** The group whose turn is next comes first. */
  const groups = new Map<string, Map<string, Waiting>>();
  let isRunning = false;
  return { take };

  async function take<T>(asker: Asker, signal: AbortSignal, work: () => T | Promise<T>): Promise<Turn<T>> {
    const reason = await waitFor(asker, signal);
    if (reason !== null) return { isTaken: false, reason };
    try {
      return { isTaken: true, value: await work() };
    } finally {
      isRunning = false;
      callNext();
    }
  }

  /** Null once it is this one's turn. */
  async function waitFor({ group, key }: Asker, signal: AbortSignal): Promise<Passed | null> {
    if (signal.aborted) return "gone";
    const members = groups.get(group) ?? new Map<string, Waiting>();
    const older = members.get(key);
    if (!older && (members.size >= mostOfGroup || countOf(groups) >= most)) return "busy";
    older?.resolve("superseded");
    const { promise, resolve } = Promise.withResolvers<Passed | null>();
    const waiting: Waiting = { resolve };
    groups.set(group, members.set(key, waiting));
    const go = () => leave(group, key, waiting, "gone");
    signal.addEventListener("abort", go, { once: true });
    callNext();
    return promise.finally(() => signal.removeEventListener("abort", go));
  }

  function callNext(): void {
    const [next] = groups;
    if (isRunning || next === undefined) return;
    const [group, members] = next;
    const [first] = members;
    groups.delete(group);
    groups.set(group, members);
    if (first === undefined) return;
    isRunning = true;
    leave(group, ...first, null);
  }

  function leave(group: string, key: string, waiting: Waiting, answer: Passed | null): void {
    const members = groups.get(group);
    if (members?.get(key) !== waiting) return;
    members.delete(key);
    if (members.size === 0) groups.delete(group);
    waiting.resolve(answer);
  }
}

type Waiting = { resolve(answer: Passed | null): void };

function countOf(groups: Map<string, Map<string, Waiting>>): number {
  return groups.values().reduce((sum, members) => sum + members.size, 0);
}
