import { Socket } from "node:net";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createLogger } from "#lib/log.ts";
import { createWorkers, type Delivery, type Hired, type Reports, type Workers } from "#sensor/workers.ts";

type Double = { reports: Reports; got: Delivery[]; orders: string[] };

let hired: Double[];
let released: string[];
let changes: number;
let lost: number;
let reasons: string[];
let refusals: number;
let workers: Workers;

beforeEach(() => {
  hired = [];
  released = [];
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

/** A worker whose every word the test speaks. */
function hire(reports: Reports): Hired {
  if (refusals > 0) {
    refusals -= 1;
    throw new Error("spawn ENOMEM");
  }
  const double: Double = { reports, got: [], orders: [] };
  hired.push(double);
  return {
    take: (delivery) => void double.got.push(delivery),
    overrule: ({ revision }) => void double.orders.push(`overrule ${revision}`),
    ask: async ({ name }) => `${name} answered by ${hired.indexOf(double)}`,
    drain: () => void double.orders.push("drain"),
    kill: () => void double.orders.push("kill"),
  };
}

function delivery(address: string): Delivery {
  const socket = new Socket();
  onTestFinished(() => void socket.destroy());
  return { port: "https", socket, address };
}

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
    hired[0]?.reports.onEnded("The key file is gone.", []);
    await expect(started).rejects.toThrow("The key file is gone.");
  });
});

describe("a connection", () => {
  it("goes to the worker with the fewest", async () => {
    const [first, second] = await startBoth();
    for (const address of ["a", "b", "c", "d"]) workers.give(delivery(address));
    expect([first.got.length, second.got.length]).toEqual([2, 2]);
    first.reports.onClosed(["a", "c"]);
    for (const address of ["e", "f"]) workers.give(delivery(address));
    expect([first.got.length, second.got.length]).toEqual([4, 2]);
    expect(released).toEqual(["a", "c"]);
  });

  it("waits while no worker serves, and goes to the first that does", async () => {
    const started = workers.start();
    workers.give(delivery("early"));
    for (const { reports } of hired) reports.onReady();
    await started;
    expect(hired.flatMap(({ got }) => got.map(({ address }) => address))).toEqual(["early"]);
  });

  it("is not given to a worker that is leaving", async () => {
    const [first, second] = await startBoth();
    first.reports.onLeaving();
    for (const address of ["a", "b"]) workers.give(delivery(address));
    expect([first.got.length, second.got.length]).toEqual([0, 2]);
    expect(workers.serving()).toHaveLength(1);
  });
});

describe("a worker that ends", () => {
  it("is replaced; its connections are over, and what it had not got goes to another", async () => {
    const [first, second] = await startBoth();
    for (const address of ["a", "b", "a", "b"]) workers.give(delivery(address));
    const undelivered = first.got.slice(1);
    first.reports.onEnded("It ended with SIGKILL.", undelivered);
    expect(released).toEqual(["a"]);
    expect(second.got).toHaveLength(3);
    expect(lost).toBe(1);
    expect(reasons).toHaveLength(1);
    await expect.poll(() => hired.length).toBe(3);
    hired[2]?.reports.onReady();
    expect(workers.serving()).toHaveLength(2);
    workers.give(delivery("new"));
    expect(hired[2]?.got).toHaveLength(1);
  });

  it("counts each of its connections once, whatever it says twice", async () => {
    const [first] = await startBoth();
    workers.give(delivery("a"));
    first.reports.onClosed(["a", "a", "stranger"]);
    first.reports.onEnded("gone", []);
    expect(released).toEqual(["a"]);
  });
});

describe("a replacement", () => {
  it("that the system refuses to make is tried again", async () => {
    const [first] = await startBoth();
    refusals = 1;
    first.reports.onEnded("gone", []);
    await expect.poll(() => hired.length).toBe(3);
    expect(refusals).toBe(0);
  });
});

describe("draining", () => {
  it("ends what waits, tells every worker, replaces none, and is over when all have ended", async () => {
    const [first, second] = await startBoth();
    const drained = workers.drain();
    expect([first.orders, second.orders]).toEqual([["drain"], ["drain"]]);
    const late = delivery("late");
    first.reports.onLeaving();
    second.reports.onLeaving();
    workers.give(late);
    expect(late.socket.destroyed).toBe(true);
    first.reports.onEnded("drained", []);
    second.reports.onEnded("drained", []);
    await drained;
    expect([hired.length, lost]).toEqual([2, 0]);
    expect(changes).toBeGreaterThan(0);
  });
});
