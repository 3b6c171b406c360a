import { userInfo } from "node:os";
import { AppError } from "#lib/app-error.ts";
import { readEnvironment } from "#lib/env.ts";
import { openConsoleStore } from "#lib/store/store.ts";
import { featureNames } from "#lib/store/tenants.ts";
import { verifyAudit } from "#scripts/tessera/audit.ts";
import { backup, restore } from "#scripts/tessera/backup.ts";
import { type Answer, type Command, type CommandContext, done, failed, misunderstood } from "#scripts/tessera/command.ts";
import { listFeatures, setFeature } from "#scripts/tessera/feature.ts";
import { rotateSecrets } from "#scripts/tessera/secrets.ts";
import { siteHistory, siteRestore } from "#scripts/tessera/site.ts";
import { demoteUser, promoteUser, resetUser } from "#scripts/tessera/user.ts";

const help: Command = { name: "help", parameters: "", summary: "shows this text", run: async () => done(usage()) };

const commands: readonly Command[] = [
  listFeatures,
  setFeature,
  resetUser,
  promoteUser,
  demoteUser,
  siteHistory,
  siteRestore,
  backup,
  restore,
  rotateSecrets,
  verifyAudit,
  help,
];

/** Carries out one command of the administrator. */
export async function tessera(words: readonly string[], context: CommandContext): Promise<Answer> {
  const command = commands.find(({ name }) => name === words.slice(0, name.split(" ").length).join(" "));
  const answer = await command?.run(words.slice(command.name.split(" ").length), context);
  return answer ?? misunderstood(usage());
}

function usage(): string {
  const lines = commands.map(({ name, parameters, summary }) => `  ${`${name} ${parameters}`.trim()}\n      ${summary}`);
  return `Usage: npm run tessera -- COMMAND

${lines.join("\n")}

Features: ${featureNames.join(", ")}. A tenant's name with spaces goes in quotes. DATA_DIR names the data folder.
Exit codes: 0 done, 1 refused or failed (the reason is on stderr), 2 not understood.`;
}

async function main(): Promise<Answer> {
  const environment = readEnvironment();
  const store = openConsoleStore(environment.dataDir);
  const authorship = { author: `${userInfo().username} (command line)`, address: null, now: new Date() };
  try {
    return await tessera(process.argv.slice(2), { store, environment, authorship });
  } catch (failure) {
    if (!(failure instanceof AppError)) throw failure;
    const advice = failure.code === "store.unavailable" ? " Is DATA_DIR right, and has npm start run once since the last update?" : "";
    return failed(failure.message + advice);
  } finally {
    store.close();
  }
}

if (import.meta.main) {
  const { exitCode, text } = await main();
  (exitCode === 0 ? console.log : console.error)(text);
  process.exitCode = exitCode;
}
