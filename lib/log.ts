import pino from "pino";

/** A logger that writes one JSON object a line to standard output; `name` is the process or part that speaks. */
export function createLogger(name: string): Logger {
  return pino({ name, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } });
}

export type Logger = pino.Logger;
