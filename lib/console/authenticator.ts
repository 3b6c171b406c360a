import { readEnvironment } from "#lib/env.ts";
import { type Authenticator, openAuthenticator } from "#lib/store/authenticator.ts";
import { readConsoleSecret } from "#lib/store/console-secret.ts";

let opened: Authenticator | undefined;

/** The console's one authenticator, opened at first use like its store. */
export function consoleAuthenticator(): Authenticator {
  const { dataDir } = readEnvironment();
  opened ??= openAuthenticator(dataDir, () => readConsoleSecret(dataDir));
  return opened;
}
