import { createLogger, type Logger } from "#lib/log.ts";

/** The logger of a process of the sensor: of each thing that strangers can bring about it tells a hundred times a second. */
export function createSensorLog(write?: (line: string) => void): Logger {
  return createLogger("sensor", write, 100);
}
