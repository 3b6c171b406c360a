import { AppError } from "#lib/app-error.ts";
import { type Envelope, largestMessage } from "#lib/channel/envelope.ts";
import type { QuestionKind } from "#lib/channel/questions.ts";
import type { Logger } from "#lib/log.ts";
import { error, type Problem, type Result, refuse } from "#lib/site/problem.ts";
import { openSecret } from "#lib/store/seal-secret.ts";
import type { KeyringFile } from "#sensor/keyring-file.ts";

/** A question of the console's on its way to the worker that answers it, its input still unread. */
export type Asked = Envelope & { name: string };

/** What a handler is told beside its input; `signal` fires when nobody waits for the answer any more. */
export type Asking = {
  id: string;
  tenantId: string;
  signal: AbortSignal;
  /** The secret that came with the question, null without one; throws AppError `secret.…`. */
  openSecret(): Promise<Buffer | null>;
};

/** Answers one kind of question; expected failures are problems, never exceptions. */
export type Handler<Input, Answer> = (input: Input, asking: Asking) => Promise<Result<Answer>>;

/** A handler that reads its own input by the schema of its kind. */
export type Answerable = { withinMs: number; answer: (input: unknown, asking: Asking) => Promise<Result<unknown>> };

/** Puts a kind of question and its handler together; the handler never sees an input that its schema does not admit. */
export function answerable<Input, Answer>(kind: QuestionKind<Input, Answer>, handle: Handler<Input, Answer>): Answerable {
  return {
    withinMs: kind.withinMs,
    async answer(input, asking) {
      const read = kind.input.safeParse(input);
      return read.success ? handle(read.data, asking) : refuse(malformed);
    },
  };
}

export type AnswererOptions = { handlers: Readonly<Record<string, Answerable>>; keyrings: KeyringFile; log: Logger };

/** Asks the handler that a question names, and makes JSON text of a Result out of whatever comes of it; never rejects. */
export function createAnswerer({ handlers, keyrings, log }: AnswererOptions): (asked: Asked) => Promise<string> {
  return async (asked) => {
    const text = JSON.stringify(await answer(asked));
    return Buffer.byteLength(text) <= largestMessage ? text : JSON.stringify(refuse(tooLong));
  };

  async function answer(asked: Asked): Promise<Result<unknown>> {
    const { id, name, tenantId } = asked;
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    if (handler === undefined) return refuse(unknownQuestion);
    const signal = AbortSignal.timeout(handler.withinMs);
    try {
      return await handler.answer(readJson(asked.input), { id, tenantId, signal, openSecret: () => secretOf(asked) });
    } catch (failure) {
      return refuse(failureOf(asked, failure));
    }
  }

  /** A key that was taken into use a moment ago may be in the file and not read yet. */
  async function secretOf({ secret, ...binding }: Asked): Promise<Buffer | null> {
    if (secret === null) return null;
    if (!keyrings.current().keys.some(({ id }) => id === secret.keyringKeyId)) keyrings.refresh();
    return openSecret(keyrings.current(), secret, binding);
  }

  /** The log gets what failed, never what it failed on: a parser's message may quote the input. */
  function failureOf({ id, name }: Asked, failure: unknown): Problem {
    const isOurs = failure instanceof AppError;
    const kind = failure instanceof Error ? failure.name : typeof failure;
    const frames = failure instanceof Error ? failure.stack?.split("\n").filter((line) => line.startsWith("    at ")) : undefined;
    log.error({ questionId: id, question: name, kind, reason: isOurs ? failure.message : undefined, frames }, "a question failed");
    if (isOurs) return error("", failure.code, failure.message);
    return error("", "sensor.failed", "The sensor could not do this; its log says where it failed. Try again in a moment.");
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const otherVersion = "Console and sensor may run different versions: restart both.";
const unknownQuestion = error("", "sensor.unknown-question", `The sensor does not know this question. ${otherVersion}`);
const malformed = error("", "sensor.malformed-question", `The sensor cannot read this question. ${otherVersion}`);
const tooLong = error("", "sensor.answer-too-long", "The sensor's answer is too long to be sent.");
