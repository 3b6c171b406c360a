import type { Environment } from "#lib/env.ts";
import type { Authorship } from "#lib/store/audit.ts";
import type { ConsoleStore } from "#lib/store/store.ts";

/** What a command says, and its exit code: 0 done, 1 refused or failed, 2 not understood. */
export type Answer = { exitCode: 0 | 1 | 2; text: string };

/** What a command works on and for whom: the store is opened by its first use. */
export type CommandContext = { store: ConsoleStore; environment: Environment; authorship: Authorship };

/** One command of the administrator's command line. */
export type Command = {
  /** The words it begins with: `feature set`. */
  name: string;
  /** What follows them, as the usage shows it. */
  parameters: string;
  /** What it does, in one line. */
  summary: string;
  /** Null when the words after the name make no sense. */
  run(words: readonly string[], context: CommandContext): Promise<Answer | null>;
};

export function done(text: string): Answer {
  return { exitCode: 0, text };
}

export function failed(text: string): Answer {
  return { exitCode: 1, text };
}

export function misunderstood(text: string): Answer {
  return { exitCode: 2, text };
}
