import { beforeEach, describe, expect, it } from "vitest";
import { AppError } from "#lib/app-error.ts";
import { createLogger } from "#lib/log.ts";
import type { Acknowledgement } from "#lib/store/acknowledgements.ts";
import { type Acknowledger, createAcknowledger } from "#sensor/acknowledger.ts";
import type { Overruling, Word } from "#sensor/messages.ts";

let serving: number[];
let written: Acknowledgement[];
let overruled: [worker: number, overruling: Overruling][];
let isLocked: boolean;
let clock: number;
let acknowledger: Acknowledger;

beforeEach(() => {
  serving = [1, 2];
  written = [];
  overruled = [];
  isLocked = false;
  clock = 0;
  acknowledger = createAcknowledger({
    store: {
      async record(acknowledgement) {
        if (isLocked) throw new AppError("store.unavailable", "sensor.db cannot be used at the moment (SQLITE_BUSY).");
        written.push(acknowledgement);
      },
    },
    serving: () => serving,
    overrule: (...overruling) => overruled.push(overruling),
    log: createLogger("test", () => {}),
    clock: () => clock,
  });
});

const problem = { path: "sslCredentials", code: "key.mismatch", message: "The key does not fit.", severity: "error" } as const;
const serves = (revision: number): Word => ({ siteId: "a", revision, state: "serving", problems: [], fallbackRevision: null });
const rejects = (revision: number, fallbackRevision: number | null = null): Word => ({
  siteId: "a",
  revision,
  state: "rejected",
  problems: [problem],
  fallbackRevision,
});
const said = () => written.map(({ revision, state }) => `${revision} ${state}`);

describe("a revision", () => {
  it("serves when every worker serves it, and not before", async () => {
    acknowledger.hear(1, serves(1));
    await acknowledger.write();
    expect(said()).toEqual([]);
    acknowledger.hear(2, serves(1));
    await acknowledger.write();
    expect(said()).toEqual(["1 serving"]);
  });

  it("does not wait for a worker that is gone", async () => {
    acknowledger.hear(1, serves(1));
    serving = [1];
    acknowledger.recount();
    await acknowledger.write();
    expect(said()).toEqual(["1 serving"]);
  });

  it("waits for a worker that has come", async () => {
    serving = [1, 2, 3];
    acknowledger.hear(1, serves(1));
    acknowledger.hear(2, serves(1));
    acknowledger.recount();
    await acknowledger.write();
    expect(said()).toEqual([]);
    acknowledger.hear(3, serves(1));
    await acknowledger.write();
    expect(said()).toEqual(["1 serving"]);
  });

  it("is not spoken of by nobody: without workers nothing serves", async () => {
    acknowledger.hear(1, serves(1));
    serving = [];
    acknowledger.recount();
    await acknowledger.write();
    expect(said()).toEqual([]);
  });

  it("that is older than the newest heard of counts no more", async () => {
    acknowledger.hear(1, serves(2));
    acknowledger.hear(2, serves(1));
    acknowledger.hear(1, serves(1));
    await acknowledger.write();
    expect(said()).toEqual([]);
    acknowledger.hear(2, serves(2));
    await acknowledger.write();
    expect(said()).toEqual(["2 serving"]);
  });
});

describe("one worker's rejection", () => {
  it("is everybody's: those that serve are overruled, before and after it is known", async () => {
    serving = [1, 2, 3];
    acknowledger.hear(1, serves(4));
    acknowledger.hear(2, rejects(4, 3));
    acknowledger.hear(3, serves(4));
    await acknowledger.write();
    expect(overruled).toEqual([
      [1, { siteId: "a", revision: 4, problems: [problem] }],
      [3, { siteId: "a", revision: 4, problems: [problem] }],
      // Worker 3 may have been told before it knew the revision.
      [3, { siteId: "a", revision: 4, problems: [problem] }],
    ]);
    expect(said()).toEqual(["4 rejected"]);
    acknowledger.hear(1, rejects(4, 3));
    acknowledger.hear(3, rejects(4, 3));
    await acknowledger.write();
    expect(new Set(said())).toEqual(new Set(["4 rejected"]));
    expect(written.at(-1)).toMatchObject({ fallbackRevision: 3, problems: [problem] });
    expect(overruled).toHaveLength(3);
  });

  it("takes an acknowledgement back, when it comes after it", async () => {
    for (const worker of [1, 2]) acknowledger.hear(worker, serves(1));
    acknowledger.hear(2, rejects(1));
    await acknowledger.write();
    expect(said()).toEqual(["1 serving", "1 rejected"]);
    expect(overruled).toEqual([[1, expect.objectContaining({ revision: 1 })]]);
  });

  it("reaches a worker that serves the revision since its start and never had to say so", async () => {
    serving = [1, 2];
    acknowledger.hear(1, rejects(4, 3));
    await acknowledger.write();
    expect(overruled).toEqual([[2, { siteId: "a", revision: 4, problems: [problem] }]]);
    acknowledger.hear(2, rejects(4, 3));
    serving = [1, 2, 3];
    acknowledger.recount();
    expect(overruled.slice(1)).toEqual([[3, expect.objectContaining({ revision: 4 })]]);
    acknowledger.hear(3, rejects(4, 3));
    acknowledger.recount();
    expect(overruled).toHaveLength(2);
  });

  it("does not outlive its revision", async () => {
    acknowledger.hear(1, rejects(1));
    for (const worker of [1, 2]) acknowledger.hear(worker, serves(2));
    await acknowledger.write();
    expect(said()).toEqual(["1 rejected", "2 serving"]);
    expect(overruled.filter(([, { revision }]) => revision === 2)).toEqual([]);
  });
});

describe("a locked database", () => {
  it("delays acknowledgements, keeps their order, and is asked again half a second later", async () => {
    isLocked = true;
    for (const worker of [1, 2]) acknowledger.hear(worker, serves(1));
    await acknowledger.write();
    expect(acknowledger.lastError()).toMatch(/sensor\.db .*SQLITE_BUSY.*older states.*Check that/);
    acknowledger.hear(1, rejects(2));
    isLocked = false;
    await acknowledger.write();
    expect(said()).toEqual([]);
    clock += 500;
    await acknowledger.write();
    expect(said()).toEqual(["1 serving", "2 rejected"]);
    expect(acknowledger.lastError()).toBeNull();
  });
});
