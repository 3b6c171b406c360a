import { revalidatePath } from "next/cache";
import type { Result } from "#lib/site/problem.ts";

/** What an action runs, after whose success the page at `path` is made anew, with "layout" all pages below it too. */
export function refreshing<Input, Context, Output>(
  path: string,
  run: (input: Input, context: Context) => Promise<Result<Output>>,
  reach: "page" | "layout" = "page",
) {
  return async (input: Input, context: Context) => {
    const result = await run(input, context);
    if (result.ok) revalidatePath(path, reach);
    return result;
  };
}
