import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { closingLine, countPlaywright, countVitest, readReport } from "#scripts/test-report.mjs";

const folder = mkdtempSync(join(tmpdir(), "tessera-report-"));
afterAll(() => rmSync(folder, { recursive: true }));

function report(content: unknown): string {
  const file = join(folder, `${Math.random()}.json`);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

const vitest = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
const playwright = { stats: { expected: 2, unexpected: 0, flaky: 0, skipped: 1 } };

test("counts what the runners report", () => {
  expect(readReport(report(vitest), countVitest, 0)).toEqual({ passed: 3, failed: 0, skipped: 0 });
  expect(readReport(report(playwright), countPlaywright, 0)).toEqual({ passed: 2, failed: 0, skipped: 1 });
});

test("a test file that cannot be loaded is a failure", () => {
  const broken = { ...vitest, testResults: [{ status: "failed", assertionResults: [] }] };
  expect(readReport(report(broken), countVitest, 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
});

test("a flaky test is a failure", () => {
  const flaky = { stats: { ...playwright.stats, flaky: 1 } };
  expect(readReport(report(flaky), countPlaywright, 0)).toMatchObject({ failed: 1 });
});

test.each([
  ["no report", join(folder, "absent.json"), 1],
  ["half a report", report("{"), 0],
  ["no test at all", report({ ...vitest, numPassedTests: 0 }), 0],
  ["a non-zero end without a failed test", report(vitest), 1],
])("%s is a failure", (_, file, exitCode) => {
  expect(readReport(file, countVitest, exitCode).failed).toBe(1);
});

test("the closing line names the skipped only when there are any", () => {
  expect(closingLine({ passed: 12, failed: 0, skipped: 0 })).toBe("12 passed, 0 failed");
  expect(closingLine({ passed: 12, failed: 1, skipped: 2 })).toBe("12 passed, 1 failed, 2 skipped");
});
