import { revalidatePath } from "next/cache";
import type { Result } from "#lib/site/problem.ts";

/** What an action runs, after whose success the page at `path` is made anew. */
export function refreshing<Input, Context, Output>(path: string, run: (input: Input, context: Context) => Promise<Result<Output>>) {
  return async (input: Input, context: Context) => {
    const result = await run(input, context);
    if (result.ok) revalidatePath(path);
    return result;
  };
}
