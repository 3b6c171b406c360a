import { extname } from "node:path";

/**
 * Where a program of the sensor lies that a process or thread of it starts, named like its file without the ending (`worker-main`):
 * beside this very file and in its form, so that sources start sources and what was built starts what was built with it.
 */
export function programUrl(name: string): URL {
  return new URL(`./${name}${extname(import.meta.filename)}`, import.meta.url);
}
