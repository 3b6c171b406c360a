import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { root } from "#scripts/project.mjs";

const sources = [
  "app",
  "components",
  "lib",
  "public",
  "next.config.js",
  "postcss.config.mjs",
  "tsconfig.json",
  "package.json",
  "package-lock.json",
];

/** A short name for what the console is built from: equal sources, equal name. */
export function hashSources(folder = root) {
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
