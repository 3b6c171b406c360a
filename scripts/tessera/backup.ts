import { resolve } from "node:path";
import { AppError } from "#lib/app-error.ts";
import { writeBackup } from "#lib/store/backup.ts";
import { openKeyring } from "#lib/store/keyring.ts";
import { restoreBackup } from "#lib/store/restore-backup.ts";
import { type Command, done } from "#scripts/tessera/command.ts";

export const backup: Command = {
  name: "backup",
  parameters: "FILE",
  summary: "writes both databases into one new file while everything runs; the keyring is not in it",
  run: async (words, { store, environment, authorship }) => {
    const [name] = words;
    if (name === undefined || words.length > 1) return null;
    const file = atCaller(name);
    const keyIds = await store.keyring.recordedIds();
    writeBackup(environment.dataDir, file, { madeAt: authorship.now, keyIds });
    await store.audit.record({ tenantId: null, action: "database.backup", subject: file, detail: { keyIds } }, authorship);
    const key = keyIds.length === 0 ? "no key of a keyring yet" : `the keyring’s key ${keyIds.join(", ")}`;
    return done(
      `${file} is written. To use what it holds you need ${key} (${environment.secretsKeyFile}), and console.key for second factors: keep copies apart from it.`,
    );
  },
};

export const restore: Command = {
  name: "restore",
  parameters: "FILE",
  summary: "puts a backup into an empty data folder; ends all sessions and one-time links",
  run: async (words, { environment, authorship }) => {
    const [name] = words;
    if (name === undefined || words.length > 1) return null;
    const { dataDir, secretsKeyFile } = environment;
    const { label, head, faults } = restoreBackup(dataDir, atCaller(name), authorship);
    const lines = [
      `${dataDir} holds the databases of ${label.madeAt.toISOString()} again. All sessions and one-time links are ended.`,
      keyAdvice(secretsKeyFile, label.keyIds),
      ...(faults.length > 0 ? [`The audit log in it is not whole: ${faults.slice(0, 3).join(" ")} See audit verify.`] : []),
      ...(head ? [`The audit log goes on with row ${head.id} and the head ${head.hash}.`] : []),
    ];
    return done(lines.join("\n"));
  },
};

/** npm runs commands in the project's folder; a relative name means the folder of whoever called. */
function atCaller(file: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), file);
}

function keyAdvice(file: string, keyIds: readonly string[]): string {
  if (keyIds.length === 0) return "No private key is stored in it.";
  const needs = `Its private keys are sealed for the keyring’s key ${keyIds.join(", ")}`;
  try {
    openKeyring(file, keyIds);
    return `${needs}, which ${file} holds.`;
  } catch (failure) {
    if (!(failure instanceof AppError)) throw failure;
    return `${needs}. Put that keyring at ${file} before npm start. As it is: ${failure.message}`;
  }
}
