import type { z } from "zod";
import { AppError } from "#lib/app-error.ts";
import type { Access } from "#lib/console/access.ts";
import { guard } from "#lib/console/guarded.ts";
import { createLogger } from "#lib/log.ts";
import { error, type Problem, type Result, refuse } from "#lib/site/problem.ts";

/**
 * The one way into the product for a server action: checks the input, then who asks, in which tenant and whether they
 * may, and turns thrown failures into problems. Neither answer nor log ever repeats the input, which may hold a secret.
 */
export function defineAction<Input, Context, Output>(
  name: string,
  access: Access<NoInfer<Input>, Context>,
  schema: z.ZodType<Input>,
  run: (input: Input, context: Context) => Promise<Result<Output>>,
): (input: unknown) => Promise<Result<Output>> {
  const action = async (input: unknown) => {
    const parsed = schema.safeParse(input);
    if (!parsed.success) return refuse(...parsed.error.issues.map(problemOf));
    try {
      const opened = await access.open(parsed.data);
      return opened.ok ? await run(parsed.data, opened.value) : opened;
    } catch (thrown) {
      return refuse(failureOf(name, thrown));
    }
  };
  return guard(action, name, access.name);
}

/** A thrown failure as a problem of the whole form; the log gets its kind and place, never its text if it is not ours. */
export function failureOf(name: string, thrown: unknown): Problem {
  const isOurs = thrown instanceof AppError;
  const code = isOurs ? thrown.code : "console.failed";
  const frames = thrown instanceof Error ? thrown.stack?.split("\n").filter((line) => line.startsWith("    at ")) : undefined;
  const kind = thrown instanceof Error ? thrown.name : typeof thrown;
  createLogger("console").error({ action: name, code, kind, reason: isOurs ? thrown.message : undefined, frames }, "action failed");
  const next = "Nothing was changed, and what you typed is still here. Try again in a moment.";
  return error("", code, `${isOurs ? thrown.message : "The console could not do this."} ${next}`);
}

function problemOf(issue: z.core.$ZodIssue): Problem {
  const path = issue.path.filter((part) => part !== "draft").join(".");
  const isOwnSentence = issue.message.endsWith(".");
  const message = isOwnSentence
    ? issue.message
    : "The page sent something this console does not understand. Reload the page and try again.";
  return error(path, "form.shape", message);
}
