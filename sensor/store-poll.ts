import { type FSWatcher, watch } from "node:fs";

export type StorePollOptions = {
  /** The folder of console.db. */
  dataDir: string;
  /** One look at the store; never throws. */
  look: () => Promise<void>;
};

/** How often the store is looked at in any case, in milliseconds. */
const pauseMs = 20;
/** Where something wrote: so often, and for so long. */
const hasty = { pauseMs: 1, forMs: 60 };

/**
 * Looks at the store again and again, one look at a time; answers the function that ends it. The system's word that somebody
 * wrote into the database's log is a hint and comes too early, before the commit can be seen: so the looks that follow are
 * close together. Without a hint (it may be lost, and some file systems give none) the next look comes soon all the same.
 */
export function pollStore({ dataDir, look }: StorePollOptions): () => void {
  let hastyUntil = 0;
  let isLooking = false;
  let isStopped = false;
  let timer = setTimeout(run, pauseMs);
  const watcher = watchLog(dataDir, () => {
    const wasHasty = performance.now() < hastyUntil;
    hastyUntil = performance.now() + hasty.forMs;
    if (wasHasty || isLooking || isStopped) return;
    clearTimeout(timer);
    timer = setTimeout(run, hasty.pauseMs);
  });
  return () => {
    isStopped = true;
    clearTimeout(timer);
    watcher?.close();
  };

  async function run(): Promise<void> {
    isLooking = true;
    await look();
    isLooking = false;
    if (!isStopped) timer = setTimeout(run, performance.now() < hastyUntil ? hasty.pauseMs : pauseMs);
  }
}

/** Of the whole folder, because the log is made anew with the database; null where the system has no such word. */
function watchLog(dataDir: string, onHint: () => void): FSWatcher | null {
  try {
    const watcher = watch(dataDir, { persistent: false }, (_event, name) => {
      if (name === "console.db-wal") onHint();
    });
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}
