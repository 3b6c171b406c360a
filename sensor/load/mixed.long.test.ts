import { expect, it } from "vitest";
import { clientKinds } from "#sensor/load/load-clients.ts";
import { loadEverything, type Sizes } from "#sensor/load/mixed-load.ts";

const seconds = Number(process.env.LOAD_SECONDS ?? 600);

it(`${seconds} s of every kind of client, saves, killed workers and an origin that comes and goes leave memory and sockets flat`, async ({
  skip,
}) => {
  skip(process.platform !== "linux", "only Linux's /proc tells which workers there are to kill and what they hold");
  const { defects, errors, sizes, ...report } = await loadEverything(seconds);
  process.stdout.write(`${JSON.stringify({ ...report, sizes }, null, 2)}\n`);
  expect({ defects, errors }).toEqual({ defects: [], errors: [] });
  for (const { name } of clientKinds) expect(report.done[name], name).toBeGreaterThan(seconds / 30);
  // What is excused is an exception: something that always fails would hide behind what is always done.
  expect(sum(report.excused)).toBeLessThan(sum(report.done) / 5);
  expect(report.saves).toBeGreaterThan(seconds / 2);
  expect(report.killed).toBeGreaterThan(1);
  expect(report.restarts).toBeGreaterThan(1);
  expectFlat(sizes, "primary");
  expectFlat(sizes, "worker");
});

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}

/** No socket more than before the first client, no file more than after the warm-up (databases are opened at first use); of memory in use ten megabytes, for what the engine learns of hot code. */
function expectFlat({ fresh, warm, end }: Record<"fresh" | "warm" | "end", Sizes>, process: keyof Sizes): void {
  expect(end[process].sockets).toBeLessThanOrEqual(fresh[process].sockets);
  expect(end[process].files).toBeLessThanOrEqual(warm[process].files + 2);
  expect(end[process].inUseMb).toBeLessThan(warm[process].inUseMb + 10);
  expect(end[process].memoryMb).toBeLessThan(1.5 * Math.max(fresh[process].memoryMb, warm[process].memoryMb));
}
