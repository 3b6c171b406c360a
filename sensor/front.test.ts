import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createLogger } from "#lib/log.ts";
import { createFront } from "#sensor/front.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("says once a second what was over a limit, however many there were, and counts each", () => {
  const lines: Record<string, unknown>[] = [];
  const limits: string[] = [];
  const front = createFront({
    admission: { take: (address) => (address === "friend" ? null : "connectionsPerAddress"), release: () => {}, count: () => 0 },
    onLimit: (limit) => limits.push(limit),
    log: createLogger("test", (line) => lines.push(JSON.parse(line))),
  });
  expect(front(["https", "friend"])).toBeNull();
  for (let count = 0; count < 500; count += 1) expect(front(["http", "flood"])).toBe("connectionsPerAddress");
  expect(lines).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(lines).toMatchObject([{ limit: "connectionsPerAddress", count: 500, address: "flood" }]);
  expect(limits).toHaveLength(500);
});
