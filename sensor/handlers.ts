import type { Answerable } from "#sensor/answerer.ts";

/** What answers the console's questions in a worker, by the questions' names (lib/channel/questions). */
export function createHandlers(): Record<string, Answerable> {
  return {};
}
