import { lockKeyring } from "#lib/store/lock.ts";
import { rotateKeyring } from "#lib/store/rotate-keyring.ts";
import { type Command, done } from "#scripts/tessera/command.ts";

export const rotateSecrets: Command = {
  name: "secrets rotate",
  parameters: "",
  summary: "seals the stored private keys for a new key of the keyring and removes the old one, while everything serves",
  run: async (words, { store, environment, authorship }) => {
    if (words.length > 0) return null;
    const lock = lockKeyring(environment.dataDir);
    try {
      const { current, retired, resealed, webhooks, isErased } = await rotateKeyring({
        store,
        file: environment.secretsKeyFile,
        authorship,
      });
      return done(
        [
          `The keyring's key is now ${current}; ${resealed} private key${resealed === 1 ? " was" : "s were"} sealed anew${andWebhooks(webhooks)}.`,
          `Backups made before need the old key${retired.length === 1 ? "" : "s"} ${retired.join(", ")}: keep the old keyring as long as you keep them, apart from them.`,
          ...(isErased
            ? []
            : ["The database's log still holds old sealings until it is next emptied: run the command again when it is quiet."]),
        ].join("\n"),
      );
    } finally {
      lock.release();
    }
  },
};

function andWebhooks(count: number): string {
  if (count === 0) return "";
  return count === 1 ? ", and 1 webhook" : `, and ${count} webhooks`;
}
