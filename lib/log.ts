import pino from "pino";

/**
 * A logger that writes one JSON object a line to standard output, or to `write` where a test reads along; `name` is the
 * process or part that speaks.
 */
export function createLogger(name: string, write?: (line: string) => void): Logger {
  const options = { name, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label: string) => ({ level: label }) } };
  return write === undefined ? pino(options) : pino(options, { write });
}

export type Logger = pino.Logger;
