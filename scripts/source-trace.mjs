import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { fileURLToPath } from "node:url";

// Built into the sensor, where each program imports it first: stack traces name the sources. Node's --enable-source-maps
// does so too, but costs each process and thread several MB from the start; here a map is read when a stack is looked at.

const folder = new URL(".", import.meta.url);
const place = new RegExp(`${RegExp.escape(folder.href)}([\\w.-]+\\.mjs):(\\d+):(\\d+)`, "g");
const maps = new Map();
// Node's own: a Node that has none keeps the built places.
const format = Error.prepareStackTrace;

if (format !== undefined) {
  Error.prepareStackTrace = (error, frames) => {
    const stack = format(error, frames);
    try {
      return stack.replace(place, sourceOf);
    } catch {
      return stack;
    }
  };
}

function sourceOf(built, file, line, column) {
  const { fileName, lineNumber, columnNumber } = mapOf(file).findOrigin(Number(line), Number(column));
  return fileName === undefined ? built : `${fileURLToPath(new URL(fileName, folder))}:${lineNumber}:${columnNumber}`;
}

function mapOf(file) {
  const known = maps.get(file);
  if (known !== undefined) return known;
  const map = new SourceMap(JSON.parse(readFileSync(new URL(`${file}.map`, folder), "utf8")));
  maps.set(file, map);
  return map;
}
