import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "#lib/log.ts";
import type { Excess } from "#sensor/admission.ts";
import type { Status } from "#sensor/messages.ts";
import { createWorkers, type Hired, type Reports, type Workers } from "#sensor/workers.ts";

type Double = { reports: Reports; orders: string[] };

let hired: Double[];
let released: string[];
let isFull: boolean;
let changes: number;
let lost: number;
let reasons: string[];
let refusals: number;
let workers: Workers;

beforeEach(() => {
  hired = [];
  released = [];
  isFull = false;
  changes = 0;
  lost = 0;
  reasons = [];
  refusals = 0;
  workers = createWorkers({
    count: 2,
    endWithinMs: 60_000,
    log: createLogger("test", () => {}),
    hire,
    onWord: () => {},
    judge: (): Excess | null => (isFull ? "connections" : null),
    onClosed: (address) => released.push(address),
    onCounts: () => {},
    onRecord: async () => {},
    onChange: () => {
      changes += 1;
    },
    onLost: (reason) => {
      reasons.push(reason);
      lost += 1;
    },
  });
});

/** Nobody is replaced any more while the next test counts. */
afterEach(async () => {
  const drained = workers.drain();
  for (const { reports } of hired) reports.onEnded("drained");
  await drained;
});

/** A worker whose every word the test speaks. */
function hire(reports: Reports): Hired {
  if (refusals > 0) {
    refusals -= 1;
    throw new Error("spawn ENOMEM");
  }
  const double: Double = { reports, orders: [] };
  hired.push(double);
  return {
    listen: () => void double.orders.push("listen"),
    rest: () => void double.orders.push("rest"),
    overrule: ({ revision }) => void double.orders.push(`overrule ${revision}`),
    ask: async ({ name }) => `${name} answered by ${hired.indexOf(double)}`,
    drain: () => void double.orders.push("drain"),
    kill: () => void double.orders.push("kill"),
  };
}

/** The worker has accepted a connection from each of these. */
const accept = ({ reports }: Double, ...addresses: string[]) => reports.onArrived(addresses.map((address) => ["https", address]));

const many = (count: number, address = "a") => Array<string>(count).fill(address);

const status = (isListening: boolean): Status => ({
  isLoaded: true,
  isListening,
  changeNumber: 1,
  lastError: null,
  keyIds: [],
  measurements: [],
});

async function startBoth(): Promise<[Double, Double]> {
  const started = workers.start();
  for (const { reports } of hired) reports.onReady();
  await started;
  const [first, second] = hired;
  if (first === undefined || second === undefined) throw new Error("two workers were hired");
  return [first, second];
}

describe("starting", () => {
  it("is over when every worker serves", async () => {
    let isOver = false;
    const started = workers.start().then(() => {
      isOver = true;
    });
    hired[0]?.reports.onReady();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    hired[1]?.reports.onReady();
    await started;
    expect(workers.serving()).toHaveLength(2);
  });

  it("fails with the reason of a worker that ends before", async () => {
    const started = workers.start();
    hired[0]?.reports.onEnded("The key file is gone.");
    await expect(started).rejects.toThrow("The key file is gone.");
  });
});

describe("a connection", () => {
  it("is judged, and counted for its worker until it is over", async () => {
    const [first, second] = await startBoth();
    expect(accept(first, "a", "b")).toEqual([null, null]);
    isFull = true;
    expect(accept(second, "c")).toEqual(["connections"]);
    first.reports.onClosed(["a"]);
    second.reports.onClosed(["c"]);
    expect(released).toEqual(["a"]);
  });

  it("of a worker that is gone is let in by nobody, and not counted", async () => {
    const [first] = await startBoth();
    first.reports.onEnded("gone");
    expect(accept(first, "late")).toEqual([]);
    expect(released).toEqual([]);
  });
});

describe("a worker that has far more than its share", () => {
  it("rests until the others have come near", async () => {
    const [first, second] = await startBoth();
    accept(first, ...many(20));
    expect([first.orders, second.orders]).toEqual([["rest"], []]);
    accept(second, ...many(15));
    expect(first.orders).toEqual(["rest"]);
    accept(second, "b");
    expect([first.orders, second.orders]).toEqual([["rest", "listen"], []]);
  });

  it("listens again when some of its connections are over", async () => {
    const [first] = await startBoth();
    accept(first, ...many(20));
    first.reports.onClosed(many(20));
    expect(first.orders).toEqual(["rest", "listen"]);
  });

  it("listens again when the other takes no more connections, or has ended", async () => {
    const [first, second] = await startBoth();
    accept(first, ...many(20));
    second.reports.onLeaving();
    expect(first.orders).toEqual(["rest", "listen"]);
    second.reports.onReady();
    expect(first.orders).toEqual(["rest", "listen", "rest"]);
    second.reports.onEnded("gone");
    expect(first.orders).toEqual(["rest", "listen", "rest", "listen"]);
  });
});

describe("a worker that says it does not listen", () => {
  it("is sent the ports again, unless it rests or leaves", async () => {
    const [first, second] = await startBoth();
    first.reports.onStatus(status(true));
    expect(first.orders).toEqual([]);
    first.reports.onStatus(status(false));
    expect(first.orders).toEqual(["listen"]);
    accept(second, ...many(20));
    second.reports.onStatus(status(false));
    expect(second.orders).toEqual(["rest"]);
    first.reports.onLeaving();
    first.reports.onStatus(status(false));
    expect(first.orders).toEqual(["listen"]);
  });
});

describe("a worker that ends", () => {
  it("is replaced, and its connections are over", async () => {
    const [first] = await startBoth();
    accept(first, "a", "b", "a");
    first.reports.onEnded("It ended with SIGKILL.");
    expect(released.sort()).toEqual(["a", "a", "b"]);
    expect(lost).toBe(1);
    expect(reasons).toHaveLength(1);
    await expect.poll(() => hired.length).toBe(3);
    hired[2]?.reports.onReady();
    expect(workers.serving()).toHaveLength(2);
  });

  it("counts each of its connections once, whatever it says twice", async () => {
    const [first] = await startBoth();
    accept(first, "a");
    first.reports.onClosed(["a", "a", "stranger"]);
    first.reports.onEnded("gone");
    expect(released).toEqual(["a"]);
  });
});

describe("a replacement", () => {
  it("that the system refuses to make is tried again", async () => {
    const [first] = await startBoth();
    refusals = 1;
    first.reports.onEnded("gone");
    await expect.poll(() => hired.length).toBe(3);
    expect(refusals).toBe(0);
  });
});

describe("draining", () => {
  it("tells every worker, sends no ports any more, replaces none, and is over when all have ended", async () => {
    const [first, second] = await startBoth();
    accept(first, ...many(20));
    const drained = workers.drain();
    second.reports.onLeaving();
    first.reports.onStatus(status(false));
    expect([first.orders, second.orders]).toEqual([["rest", "drain"], ["drain"]]);
    first.reports.onEnded("drained");
    second.reports.onEnded("drained");
    await drained;
    expect([hired.length, lost]).toEqual([2, 0]);
    expect(released).toHaveLength(20);
    expect(changes).toBeGreaterThan(0);
  });
});
