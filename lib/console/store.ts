import { readEnvironment } from "#lib/env.ts";
import { createLogger } from "#lib/log.ts";
import { type AuditHead, type ConsoleStore, openConsoleStore } from "#lib/store/store.ts";

let opened: ConsoleStore | undefined;

/** The console's one store, opened at first use: the build imports route modules where no database is. */
export function consoleStore(): ConsoleStore {
  opened ??= openConsoleStore(readEnvironment().dataDir, logAudit);
  return opened;
}

/** Ship these lines elsewhere: `audit verify --head HASH` then proves that no row up to there was altered or cut. */
function logAudit({ id, hash, action }: AuditHead): void {
  createLogger("audit").info({ row: id, action, head: hash }, "audit log extended");
}
