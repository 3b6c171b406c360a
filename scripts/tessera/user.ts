import { consoleUrl } from "#lib/console/console-url.ts";
import { keyedHash, readConsoleSecret } from "#lib/store/console-secret.ts";
import { accountSubject } from "#lib/store/sign-in-limits.ts";
import { readPortsFile } from "#scripts/ports-file.ts";
import { type Answer, type Command, type CommandContext, done, failed } from "#scripts/tessera/command.ts";

/** The way back in for whoever can no longer sign in, the last Admin included. */
export const resetUser: Command = {
  name: "user reset",
  parameters: "EMAIL [--two-factor]",
  summary: "ends the password, all sessions and a deactivation, and prints a one-time link; --two-factor removes the second factor too",
  run: async (words, context) => {
    const [email, option] = words;
    if (email === undefined || words.length > 2 || (option !== undefined && option !== "--two-factor")) return null;
    const limitSubject = subjectOf(email, context);
    const reset = { email: email.toLowerCase(), isTwoFactorReset: option !== undefined, limitSubject };
    const result = await context.store.accounts.resetFromMachine(reset, context.authorship);
    if (!result.ok) return refused(result.problems);
    return done(`Within 24 hours, choose a new password with this one-time link: ${linkTo(`/reset#${result.value.token}`, context)}`);
  },
};

export const promoteUser: Command = {
  name: "user promote",
  parameters: "EMAIL",
  summary: "makes somebody Channel Admin, who may act in every tenant",
  run: (words, context) => setChannelAdmin(words, context, true),
};

export const demoteUser: Command = {
  name: "user demote",
  parameters: "EMAIL",
  summary: "takes the Channel Admin role; the roles in single tenants stay",
  run: (words, context) => setChannelAdmin(words, context, false),
};

async function setChannelAdmin(words: readonly string[], { store, authorship }: CommandContext, isChannelAdmin: boolean) {
  const [email] = words;
  if (email === undefined || words.length > 1) return null;
  const result = await store.accounts.setChannelAdmin({ email: email.toLowerCase(), isChannelAdmin }, authorship);
  if (!result.ok) return refused(result.problems);
  return done(`${email.toLowerCase()} is ${isChannelAdmin ? "Channel Admin now" : "no Channel Admin any more"}.`);
}

/** What the account's failed sign-ins are counted under, so that a reset forgets them. */
function subjectOf(email: string, { environment }: CommandContext): string {
  const secret = readConsoleSecret(environment.dataDir);
  return accountSubject((text) => keyedHash(secret, text), email.toLowerCase());
}

function linkTo(path: string, { environment }: CommandContext): string {
  const port = readPortsFile(environment.dataDir).CONSOLE_PORT ?? environment.consolePort;
  return consoleUrl(environment, port, new Date()) + path;
}

function refused(problems: readonly { message: string }[]): Answer {
  return failed(problems.map(({ message }) => message).join(" "));
}
