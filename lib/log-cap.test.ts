import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createLogger } from "#lib/log.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

function capped(most: number) {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger("test", (line) => lines.push(JSON.parse(line)), most).child({ worker: 1 });
  const said = (message: string) => lines.filter(({ msg }) => msg === message).length;
  return { log, lines, said };
}

it("lines about connections and requests are so many a second of each kind, and then their number is told", () => {
  const { log, lines, said } = capped(3);
  for (let at = 0; at < 10; at += 1) {
    log.info({ address: "192.0.2.1", at }, "connection turned away");
    log.warn({ requestId: `${at}` }, "request failed");
  }
  expect([said("connection turned away"), said("request failed")]).toEqual([3, 3]);
  vi.advanceTimersByTime(1_000);
  expect(lines.slice(6)).toMatchObject([
    { worker: 1, message: "connection turned away", count: 7, msg: "more lines like this were left out" },
    { worker: 1, message: "request failed", count: 7, msg: "more lines like this were left out" },
  ]);
  log.info({ address: "192.0.2.1" }, "connection turned away");
  expect(said("connection turned away")).toBe(4);
  vi.advanceTimersByTime(10_000);
  expect(lines.length).toBe(9);
});

it("a slow trickle is all told", () => {
  const { log, said } = capped(2);
  for (let at = 0; at < 10; at += 1) {
    log.info({ address: "192.0.2.1" }, "handshake failed");
    vi.advanceTimersByTime(600);
  }
  expect(said("handshake failed")).toBe(10);
});

it("what is about the sensor itself is always told", () => {
  const { log, said } = capped(2);
  for (let at = 0; at < 10; at += 1) {
    log.info({ siteId: "one", revision: at }, "revision serves");
    log.error("acknowledgements cannot be written");
  }
  expect([said("revision serves"), said("acknowledgements cannot be written")]).toEqual([10, 10]);
});

it("without a cap a flood is all told: why the sensor has one", () => {
  const lines: string[] = [];
  const log = createLogger("test", (line) => lines.push(line));
  for (let at = 0; at < 10_000; at += 1) log.info({ address: "192.0.2.1" }, "connection turned away");
  expect(lines.length).toBe(10_000);
});
