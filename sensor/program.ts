import { extname } from "node:path";
import { Worker } from "node:worker_threads";

/**
 * Where a program of the sensor lies that a process or thread of it starts, named like its file without the ending (`worker-main`):
 * beside this very file and in its form, so that sources start sources and what was built starts what was built with it.
 */
export function programUrl(name: string): URL {
  return new URL(`./${name}${extname(import.meta.filename)}`, import.meta.url);
}

/** A thread of this process, with 1 MB each for the three spaces of young objects: V8's own 16 MB suit what must answer at once. */
export function startThread(name: string, workerData: unknown): Worker {
  return new Worker(programUrl(name), { workerData, resourceLimits: { maxYoungGenerationSizeMb: 3 } });
}
