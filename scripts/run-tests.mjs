import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildProduct } from "#scripts/build-product.mjs";
import { Interrupted, perform, StepFailed } from "#scripts/command.mjs";
import { installBrowser } from "#scripts/install-browser.mjs";
import { installPackages } from "#scripts/install-packages.mjs";
import { findNode, nodeFirst } from "#scripts/node-version.mjs";
import { root } from "#scripts/project.mjs";
import { add, closingLine, countPlaywright, countVitest, nothing, readReport } from "#scripts/test-report.mjs";

/** All checks and tests, or the long ones alone, one after the other; the last line printed is `N passed, N failed`. Sets the exit code. */
export function runTests({ isLong }) {
  const suites = isLong ? [longTests] : [typeCheck, lint, unitTests, browserTests];
  return perform(
    async (signal) => {
      const counts = await withFolder((folder) => runAll(suites, { folder, signal }));
      console.log(`\n${closingLine(counts)}`);
      return counts.failed > 0 || counts.passed === 0 ? 1 : 0;
    },
    { interruptedCode: 130 },
  );
}

async function withFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), "tessera-test-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runAll(suites, { folder, signal }) {
  const installed = await installPackages({ signal }).then(() => nothing, failedStep);
  if (installed.failed > 0) return installed;
  const run = { node: findNode(), folder, signal };
  let counts = nothing;
  for (const suite of suites) {
    const began = Date.now();
    console.log(`\n— ${suite.title} —`);
    const result = await suite.run(run).catch(failedStep);
    console.log(`— ${suite.title}: ${closingLine(result)} (${Math.round((Date.now() - began) / 1000)} s) —`);
    counts = add(counts, result);
  }
  return counts;
}

const typeCheck = { title: "types", run: (run) => oneTest(run, ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "."]) };

const lint = { title: "format, lint and import law", run: (run) => oneTest(run, ["node_modules/@biomejs/biome/bin/biome", "check", "."]) };

const unitTests = { title: "unit and integration tests", run: (run) => vitest(run) };

const longTests = { title: "fuzz and load tests", run: (run) => vitest(run, ["--config", "vitest.long.config.ts"]) };

async function vitest(run, args = []) {
  const report = join(run.folder, "vitest.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const exitCode = await show(run, ["node_modules/vitest/vitest.mjs", "run", ...args, ...reporters]);
  return readReport(report, countVitest, exitCode);
}

const browserTests = {
  title: "browser tests",
  run: async (run) => {
    const browser = await installBrowser(run);
    const build = await buildProduct(run);
    const report = join(run.folder, "playwright.json");
    const env = { TESSERA_BROWSER: browser ?? "", PLAYWRIGHT_JSON_OUTPUT_FILE: report };
    try {
      const exitCode = await show(run, ["node_modules/playwright/cli.js", "test", "--reporter=list,json"], env);
      const counts = readReport(report, countPlaywright, exitCode);
      if (counts.failed === 0) rmSync(join(root, "test-results"), { recursive: true, force: true });
      return counts;
    } finally {
      build.release();
    }
  },
};

async function oneTest(run, args) {
  const exitCode = await show(run, args);
  return exitCode === 0 ? { ...nothing, passed: 1 } : { ...nothing, failed: 1 };
}

function show({ node, signal }, args, env = {}) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Interrupted());
    const child = spawn(node, args, { cwd: root, env: { ...nodeFirst(node), ...env }, stdio: ["ignore", "inherit", "inherit"] });
    const abort = () => child.kill("SIGTERM");
    signal.addEventListener("abort", abort);
    child.once("error", reject);
    child.once("close", (code) => {
      signal.removeEventListener("abort", abort);
      if (signal.aborted) reject(new Interrupted());
      else resolve(code ?? 1);
    });
  });
}

function failedStep(error) {
  if (!(error instanceof StepFailed)) throw error;
  console.error(error.message);
  return { ...nothing, failed: 1 };
}
