import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { StepFailed } from "#scripts/command.mjs";
import { isAlive, withLock } from "#scripts/folder-lock.mjs";
import { root, workFolder } from "#scripts/project.mjs";
import { hashSources } from "#scripts/source-hash.mjs";

/**
 * What `make` builds of `sources` as they are now, kept under `builds` until they change; made when there is none.
 * `make` is given an empty place, relative to the checkout. Answers the build's folder, relative too, and `release`, to be
 * called when it is no longer run from.
 *
 * @param {{ what: string; builds: string; sources: string[]; signal?: AbortSignal; make: (folder: string) => Promise<unknown> }} build
 */
export async function keepBuild(build) {
  const made = claim(build, hashSources(build.sources));
  if (made !== undefined) return made;
  const onWait = (pid) => console.log(`Another command (process ${pid}) is installing or building; waiting for it.`);
  return withLock(`${workFolder}/prepare.lock`, { signal: build.signal, onWait }, () => claimOrBuild(build));
}

async function claimOrBuild(build) {
  const { what } = build;
  for (let attempt = 0; attempt < 3; attempt++) {
    const name = hashSources(build.sources);
    const made = claim(build, name);
    if (made !== undefined) return made;
    console.log(attempt === 0 ? `Building the ${what} (only when it changed) …` : "The sources changed meanwhile; building again …");
    await make(build, name);
    prune(build, name);
  }
  throw new StepFailed(`The sources keep changing while the ${what} is built; please start again when they rest.`);
}

// Built under another name and renamed: whoever sees the name sees a whole build. Sources that moved meanwhile spoil it.
async function make({ builds, sources, make }, name) {
  const unfinished = `${builds}/new-${process.pid}`;
  rmSync(`${root}/${unfinished}`, { recursive: true, force: true });
  try {
    await make(unfinished);
    if (hashSources(sources) === name) renameSync(`${root}/${unfinished}`, `${root}/${builds}/${name}`);
  } finally {
    rmSync(`${root}/${unfinished}`, { recursive: true, force: true });
  }
}

// A build in use carries a file named after each process that runs from it, so that nobody prunes it away.
function claim({ builds }, name) {
  const folder = `${builds}/${name}`;
  if (!existsSync(`${root}/${folder}`)) return undefined;
  const mark = `${root}/${folder}/in-use.${process.pid}`;
  try {
    writeFileSync(mark, "");
  } catch {
    // A checkout that cannot be written to is not pruned either.
  }
  return { folder, release: () => rmSync(mark, { force: true }) };
}

function prune({ builds }, current) {
  for (const name of readdirSync(`${root}/${builds}`)) {
    const folder = `${root}/${builds}/${name}`;
    if (name !== current && !isInUse(folder)) rmSync(folder, { recursive: true, force: true });
  }
}

function isInUse(folder) {
  return readdirSync(folder).some((file) => file.startsWith("in-use.") && isAlive(Number(file.slice("in-use.".length))));
}
