import { rmSync } from "node:fs";
import { runQuietly } from "#scripts/command.mjs";
import { keepBuild } from "#scripts/kept-build.mjs";
import { root } from "#scripts/project.mjs";
import { consoleSources } from "#scripts/source-hash.mjs";

/** The console's production build for the sources as they are now, as `keepBuild` answers it. */
export function buildConsole({ node, signal }) {
  return keepBuild({
    what: "console",
    builds: ".tessera/builds",
    sources: consoleSources,
    signal,
    make: (folder) => build(folder, node, signal),
  });
}

async function build(folder, node, signal) {
  await runQuietly(node, ["node_modules/next/dist/bin/next", "build"], {
    signal,
    env: { TESSERA_DIST: folder, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
    failure: "The console could not be built; the reason stands above.",
  });
  rmSync(`${root}/${folder}/cache`, { recursive: true, force: true });
}
