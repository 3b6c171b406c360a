import { readFileSync } from "node:fs";

/** How many tests of a suite passed, failed and were skipped. */
export const nothing = { passed: 0, failed: 0, skipped: 0 };

export function add(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** The closing line of `npm test`, which other programs read. */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/**
 * What a runner's JSON report says. A runner that crashed, found no test, or failed without a failed test
 * (an error outside of tests) counts as one failure: silence is never success.
 */
export function readReport(file, count, exitCode) {
  const counts = readCounts(file, count);
  const isSilent = counts.passed + counts.failed === 0 || (exitCode !== 0 && counts.failed === 0);
  return isSilent ? add(counts, { ...nothing, failed: 1 }) : counts;
}

/** Counts of Vitest's JSON report; a file whose tests could not even be collected is one failure. */
export function countVitest({ numPassedTests, numFailedTests, numPendingTests, numTodoTests = 0, testResults }) {
  const unread = testResults.filter(({ status, assertionResults }) => status === "failed" && assertionResults.length === 0);
  return { passed: numPassedTests, failed: numFailedTests + unread.length, skipped: numPendingTests + numTodoTests };
}

/** Counts of Playwright's JSON report; a flaky test is a failed one. */
export function countPlaywright({ stats }) {
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
}

function readCounts(file, count) {
  try {
    return count(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return nothing;
  }
}
