import { statSync } from "node:fs";
import type { Logger } from "#lib/log.ts";
import { type Keyring, openKeyring } from "#lib/store/keyring.ts";

/** The keyring as its file has it now. */
export type KeyringFile = {
  current(): Keyring;
  /** Looks whether the file was replaced and reads it again; what cannot be read leaves the keyring as it was. */
  refresh(): void;
};

/** Opens the keyring and follows its file; throws AppError `keyring.…` when it cannot be used at the start. */
export function openKeyringFile(file: string, log: Logger): KeyringFile {
  let keyring = openKeyring(file);
  let read = markOf(file);

  function refresh(): void {
    const mark = markOf(file);
    if (mark === read) return;
    read = mark;
    try {
      keyring = openKeyring(file);
      log.info({ keys: keyring.keys.map(({ id }) => id) }, "keyring read again");
    } catch (failure) {
      log.error({ err: failure }, "the changed keyring cannot be used, the keys read before stay in use");
    }
  }

  return { current: () => keyring, refresh };
}

/** Another text whenever the file was replaced or written, or something else keeps it from being looked at. */
function markOf(file: string): string {
  try {
    const status = statSync(file, { bigint: true });
    return [status.ino, status.size, status.mtimeNs, status.ctimeNs].join(" ");
  } catch (failure) {
    return String(failure);
  }
}
