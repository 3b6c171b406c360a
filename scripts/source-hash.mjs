import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { root } from "#scripts/project.mjs";

const shared = ["lib", "package.json", "package-lock.json"];

/** What the console is built from. */
export const consoleSources = ["app", "components", "public", "next.config.js", "postcss.config.mjs", "tsconfig.json", ...shared];

/** What the sensor is built from, and what builds it. */
export const sensorSources = ["sensor", "scripts/bundle-sensor.mjs", "scripts/source-trace.mjs", ...shared];

/** A short name for files and folders of a checkout: equal sources, equal name. Tests do not count. */
export function hashSources(sources, folder = root) {
  const hash = createHash("sha256");
  for (const file of sources.flatMap((source) => filesOf(folder, source))) {
    const content = readFileSync(`${folder}/${file}`);
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 20);
}

function filesOf(folder, source) {
  if (!existsSync(`${folder}/${source}`)) return [];
  if (statSync(`${folder}/${source}`).isFile()) return [source];
  return readdirSync(`${folder}/${source}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.slice(folder.length + 1))
    .sort();
}
