import pino from "pino";
import { capLines } from "#lib/log-cap.ts";

/**
 * A logger that writes one JSON object a line to standard output, or to `write` where a test reads along; `name` is the
 * process or part that speaks. With `mostPerSecond` strangers cannot fill the disk with lines about themselves.
 */
export function createLogger(name: string, write?: (line: string) => void, mostPerSecond?: number): Logger {
  const options = {
    name,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    ...(mostPerSecond === undefined ? {} : { hooks: { logMethod: capLines(mostPerSecond) } }),
  };
  return write === undefined ? pino(options) : pino(options, { write });
}

export type Logger = pino.Logger;
