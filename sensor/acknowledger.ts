import type { Logger } from "#lib/log.ts";
import type { Acknowledgement } from "#lib/store/acknowledgements.ts";
import { sayStoreFault } from "#sensor/faults.ts";
import type { Overruling, Word } from "#sensor/messages.ts";

/** Makes one acknowledgement out of what all workers say of a revision. */
export type Acknowledger = {
  /** A worker's word on a revision. */
  hear(worker: number, word: Word): void;
  /** A worker serves from now on, or does not any more: what waits for its word is looked at again. */
  recount(): void;
  /** Writes what is not written yet; never throws. Called by a timer. */
  write(): Promise<void>;
  /** The store's present fault in sentences, null when there is none. */
  lastError(): string | null;
};

export type AcknowledgerOptions = {
  store: { record(acknowledgement: Acknowledgement): Promise<void> };
  /** The workers that serve. */
  serving: () => readonly number[];
  overrule: (worker: number, overruling: Overruling) => void;
  log: Logger;
  now?: () => Date;
  /** A monotonic clock in milliseconds. */
  clock?: () => number;
};

/** What is known of a site's newest revision: who said what, and what was made of it. */
type Hearing = { revision: number; words: Map<number, Word>; verdict: Word["state"] | null };

/**
 * A revision serves once every worker serves it. One worker's rejection is everybody's: the others are overruled, so that
 * what a client meets does not depend on the worker its connection fell to.
 */
export function createAcknowledger(options: AcknowledgerOptions): Acknowledger {
  const { store, serving, overrule, log, now = () => new Date(), clock = () => performance.now() } = options;
  const hearings = new Map<string, Hearing>();
  const unwritten: Acknowledgement[] = [];
  let writeAgainAt = 0;
  let fault: string | null = null;

  return { hear, recount, write, lastError: () => fault };

  function hear(worker: number, word: Word): void {
    const known = hearings.get(word.siteId);
    if (known !== undefined && known.revision > word.revision) return;
    const isNew = known === undefined || known.revision < word.revision;
    const hearing: Hearing = isNew ? { revision: word.revision, words: new Map(), verdict: null } : known;
    hearings.set(word.siteId, hearing);
    hearing.words.set(worker, word);
    if (word.state === "rejected") reject(hearing, word);
    else if (hearing.verdict === "rejected") correct(hearing, worker, word.siteId);
    else decide(hearing);
  }

  function recount(): void {
    for (const [siteId, hearing] of hearings) {
      if (hearing.verdict === "rejected") overruleOthers(hearing, siteId);
      else decide(hearing);
    }
  }

  function decide(hearing: Hearing): void {
    const workers = serving();
    const words = workers.map((worker) => hearing.words.get(worker));
    const [first] = words;
    if (hearing.verdict !== null || first === undefined || words.includes(undefined)) return;
    hearing.verdict = "serving";
    keep(first);
  }

  function reject(hearing: Hearing, word: Word): void {
    const isNews = hearing.verdict !== "rejected";
    hearing.verdict = "rejected";
    // Each worker that follows says so too, and what it knows of the fallback counts: it is what serves.
    keep(word);
    if (isNews) overruleOthers(hearing, word.siteId);
  }

  /** Also those that said nothing: what was acknowledged before a worker's start it serves without a word. */
  function overruleOthers(hearing: Hearing, siteId: string): void {
    for (const worker of new Set([...hearing.words.keys(), ...serving()]))
      if (hearing.words.get(worker)?.state !== "rejected") correct(hearing, worker, siteId);
  }

  function correct(hearing: Hearing, worker: number, siteId: string): void {
    const rejection = [...hearing.words.values()].find((word) => word.state === "rejected");
    hearing.words.delete(worker);
    overrule(worker, { siteId, revision: hearing.revision, problems: rejection?.problems ?? [] });
  }

  function keep(word: Word): void {
    unwritten.push({ ...word, at: now() });
    void write();
  }

  /** In order, each until it is written. A locked file makes every attempt wait: so not at each turn. */
  async function write(): Promise<void> {
    if (unwritten.length === 0 || clock() < writeAgainAt) return;
    writeAgainAt = Number.POSITIVE_INFINITY;
    try {
      for (let next = unwritten[0]; next !== undefined; next = unwritten[0]) {
        await store.record(next);
        unwritten.shift();
      }
      writeAgainAt = 0;
      if (fault !== null) log.info("acknowledgements can be written again");
      fault = null;
    } catch (failure) {
      const message = sayStoreFault(failure, "Everything serves on, but pages show older states until it can be written.");
      if (message !== fault) log.error({ err: failure }, "acknowledgements cannot be written");
      fault = message;
      writeAgainAt = clock() + 500;
    }
  }
}
