import { readdirSync } from "node:fs";
import { build } from "rolldown";
import { root } from "#scripts/project.mjs";

// Run by build-sensor.mjs with the folder to write into: the bundler needs the project's Node, and ends with its process.
const [folder] = process.argv.slice(2);

/** What is started as a process or thread of its own is named so; `programUrl` finds its neighbours by these names. */
const programs = readdirSync(`${root}/sensor`).filter((name) => /^(?:.+-)?(?:main|thread)\.ts$/.test(name));
const trace = "source-trace";
const packaged = /[\\/]node_modules[\\/]/;

await build({
  cwd: root,
  input: [`scripts/${trace}.mjs`, ...programs.map((name) => `sensor/${name}`)],
  platform: "node",
  // It loads a binary that lies beside its own files.
  external: ["better-sqlite3"],
  // No module of ours does anything by being imported: what nobody uses of it goes, and the packages only that had used.
  treeshake: { moduleSideEffects: (id) => (packaged.test(id) ? null : id.endsWith(`${trace}.mjs`)) },
  plugins: [unmapPackages()],
  output: {
    dir: folder,
    format: "esm",
    entryFileNames: "[name].mjs",
    chunkFileNames: "[name]-[hash].mjs",
    banner: ({ isEntry, name }) => (isEntry && name !== trace ? `import "./${trace}.mjs";` : ""),
    sourcemap: true,
    sourcemapExcludeSources: true,
  },
});

// Nine tenths of the maps would be about packages; a stack trace names these by their built place.
function unmapPackages() {
  return { name: "unmap-packages", transform: { filter: { id: packaged }, handler: (code) => ({ code, map: { mappings: "" } }) } };
}
