/** What is done to the product while it is under load, and for whose time a client may see something of it. */
export type Disturbance = "killed worker" | "origin away" | "connections retired";

/** The connection ended before anything of an answer came: whoever may repeat the request would. */
export class Unanswered extends Error {}

/** The connection ended in the middle of an answer, or while one was surely being made. */
export class Broken extends Error {}

export type LoadReport = {
  /** How often each kind of client got what it came for. */
  done: Record<string, number>;
  /** Failures that a disturbance explains. */
  excused: Record<string, number>;
  /** One sentence for each failure that nothing explains. */
  defects: string[];
};

export type LoadRecord = {
  /** Runs one thing a client does; never rejects. */
  run(what: string, does: { needsOrigin: boolean; work: () => Promise<void> }): Promise<void>;
  /** Marks the time from now until `work` is over, and a little longer. */
  disturb(kind: Disturbance, work: () => Promise<void> | void): Promise<void>;
  report(): LoadReport;
};

type Span = { from: number; to: number };

/** Until what was done is seen: by a client whose connection is cut, also one that the dead had accepted. */
const lingerMs = 300;

/** Keeps what clients did and what was done to them, and tells defects from what a disturbance explains. */
export function createLoadRecord(): LoadRecord {
  const done: Record<string, number> = {};
  const failures: (Span & { what: string; needsOrigin: boolean; failure: unknown })[] = [];
  const disturbances: (Span & { kind: Disturbance })[] = [];
  return { run, disturb, report };

  async function run(what: string, { needsOrigin, work }: { needsOrigin: boolean; work: () => Promise<void> }): Promise<void> {
    const from = performance.now();
    try {
      await work();
      done[what] = (done[what] ?? 0) + 1;
    } catch (failure) {
      failures.push({ what, needsOrigin, failure, from, to: performance.now() });
    }
  }

  async function disturb(kind: Disturbance, work: () => Promise<void> | void): Promise<void> {
    const span = { kind, from: performance.now(), to: Number.POSITIVE_INFINITY };
    disturbances.push(span);
    await work();
    span.to = performance.now() + lingerMs;
  }

  function report(): LoadReport {
    const excused: Record<string, number> = {};
    const defects: string[] = [];
    for (const failed of failures) {
      const reason = disturbances.find((disturbance) => explains(disturbance, failed));
      if (reason === undefined)
        defects.push(`${failed.what}: ${failed.failure}, ${Math.round(failed.to - failed.from)} ms after it began${circumstances(failed)}`);
      else excused[`${failed.what}, ${reason.kind}`] = (excused[`${failed.what}, ${reason.kind}`] ?? 0) + 1;
    }
    return { done, excused, defects };
  }

  function circumstances({ from }: Span): string {
    const last = disturbances.findLast((disturbance) => disturbance.to < from);
    return last === undefined ? "" : `, ${Math.round(from - last.to)} ms after the time of ${last.kind}`;
  }

  function explains(disturbance: Span & { kind: Disturbance }, { failure, needsOrigin, from, to }: (typeof failures)[number]): boolean {
    if (to < disturbance.from || from > disturbance.to) return false;
    // What a wrong answer says of the sensor, only an origin that is away can excuse: the sensor says so itself.
    if (disturbance.kind === "origin away") return needsOrigin;
    // A connection that takes no new request finishes what runs.
    return failure instanceof Unanswered || (disturbance.kind === "killed worker" && failure instanceof Broken);
  }
}
