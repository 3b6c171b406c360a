import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { runQuietly, StepFailed } from "#scripts/command.mjs";
import { isAlive, withLock } from "#scripts/folder-lock.mjs";
import { packStatic } from "#scripts/pack-static.mjs";
import { root, workFolder } from "#scripts/project.mjs";
import { hashSources } from "#scripts/source-hash.mjs";

const builds = `${workFolder}/builds`;

/**
 * The console's production build for the sources as they are now, made when there is none.
 * Answers its folder, relative to the checkout, and `release`, to be called when it is no longer served from.
 */
export async function buildConsole({ node, signal }) {
  const made = claim(hashSources());
  if (made !== undefined) return made;
  const onWait = (pid) => console.log(`Another command (process ${pid}) is installing or building; waiting for it.`);
  return withLock(`${workFolder}/prepare.lock`, { signal, onWait }, () => claimOrBuild(node, signal));
}

async function claimOrBuild(node, signal) {
  for (let attempt = 0; attempt < 3; attempt++) {
    const name = hashSources();
    const made = claim(name);
    if (made !== undefined) return made;
    console.log(attempt === 0 ? "Building the console (only when it changed) …" : "The sources changed meanwhile; building again …");
    await build(name, node, signal);
    prune(name);
  }
  throw new StepFailed("The sources keep changing while the console is built; please start again when they rest.");
}

// Built under another name and renamed: whoever sees the name sees a whole build. Sources that moved meanwhile spoil it.
async function build(name, node, signal) {
  const unfinished = `.tessera/builds/new-${process.pid}`;
  rmSync(`${root}/${unfinished}`, { recursive: true, force: true });
  const env = { TESSERA_DIST: unfinished, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" };
  try {
    await runQuietly(node, ["node_modules/next/dist/bin/next", "build"], {
      signal,
      env,
      failure: "The console could not be built; the reason stands above.",
    });
    if (hashSources() !== name) return;
    await packStatic(`${root}/${unfinished}/static`);
    rmSync(`${root}/${unfinished}/cache`, { recursive: true, force: true });
    renameSync(`${root}/${unfinished}`, `${builds}/${name}`);
  } finally {
    rmSync(`${root}/${unfinished}`, { recursive: true, force: true });
  }
}

// A build in use carries a file named after each process that serves from it, so that nobody prunes it away.
function claim(name) {
  if (!existsSync(`${builds}/${name}`)) return undefined;
  const mark = `${builds}/${name}/in-use.${process.pid}`;
  try {
    writeFileSync(mark, "");
  } catch {
    // A checkout that cannot be written to is not pruned either.
  }
  return { folder: `.tessera/builds/${name}`, release: () => rmSync(mark, { force: true }) };
}

function prune(current) {
  for (const name of readdirSync(builds)) {
    if (name !== current && !isInUse(name)) rmSync(`${builds}/${name}`, { recursive: true, force: true });
  }
}

function isInUse(name) {
  return readdirSync(`${builds}/${name}`).some((file) => file.startsWith("in-use.") && isAlive(Number(file.slice("in-use.".length))));
}
