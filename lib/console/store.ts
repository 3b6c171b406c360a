import { readEnvironment } from "#lib/env.ts";
import { type ConsoleStore, openConsoleStore } from "#lib/store/store.ts";

let opened: ConsoleStore | undefined;

/** The console's one store, opened at first use: the build imports route modules where no database is. */
export function consoleStore(): ConsoleStore {
  opened ??= openConsoleStore(readEnvironment().dataDir);
  return opened;
}
