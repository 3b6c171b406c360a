import { beforeEach, expect, test } from "vitest";
import { AppError } from "#lib/app-error.ts";
import { createFaults, type Faults, sayStoreFault, sayWorkerEnded } from "#sensor/faults.ts";

let present: string | null;
let at: number;
let faults: Faults;

beforeEach(() => {
  present = null;
  at = 0;
  faults = createFaults(
    () => present,
    () => new Date(at),
  );
});

test("what goes wrong now is told since when it began, and stays on record when it is over", () => {
  expect(faults.last()).toBeNull();
  present = "The store is away.";
  at = 5;
  faults.last();
  at = 9;
  expect(faults.last()).toEqual({ message: "The store is away.", at: new Date(5), isOver: false });
  present = null;
  expect(faults.last()).toEqual({ message: "The store is away.", at: new Date(5), isOver: true });
});

test("what happened once is told until something else goes wrong, and does not hide what goes wrong now", () => {
  at = 1;
  faults.note("A worker ended.");
  expect(faults.last()).toEqual({ message: "A worker ended.", at: new Date(1), isOver: true });
  present = "The store is away.";
  at = 2;
  expect(faults.last()?.message).toBe("The store is away.");
  faults.note("Another worker ended.");
  expect(faults.last()).toMatchObject({ message: "The store is away.", at: new Date(2) });
});

test("a failure that is not the store’s own keeps its text to the log: nobody knows what it holds", () => {
  const foreign = sayStoreFault(new Error("-----BEGIN PRIVATE KEY----- \u202e"), "Everything serves on.");
  expect(foreign).toBe("The sensor met a failure that it does not know. Everything serves on. Its log says more.");
  const other = sayStoreFault(new AppError("key.foreign", "secret"), "Everything serves on.");
  expect(other).toBe(foreign);
  const own = sayStoreFault(
    new AppError("store.unavailable", "console.db cannot be used at the moment (ENOENT)."),
    "Everything serves on.",
  );
  expect(own).toMatch(/^console\.db .*\(ENOENT\)\. Everything serves on\. Check that DATA_DIR/);
});

test("why a worker ended is bounded and shows no hidden characters", () => {
  expect(sayWorkerEnded("It ended with SIGKILL.")).toBe(
    "A worker ended and is replaced, its connections were cut. It ended with SIGKILL. The sensor’s log says more.",
  );
  const hostile = sayWorkerEnded(`\u202e\n\u001b[31m${"x".repeat(10_000)}`);
  expect(hostile.length).toBeLessThan(400);
  expect(hostile).not.toMatch(/[\p{C}\p{Zl}]/u);
});
