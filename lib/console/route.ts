import { failureOf } from "#lib/console/action.ts";
import { type ConsoleContext, openContext } from "#lib/console/context.ts";

/** Answers a GET in JSON: what `load` found, 404 for nothing, 500 with a problem for a thrown failure; never cached. */
export async function answerJson(name: string, load: (context: ConsoleContext) => Promise<unknown>): Promise<Response> {
  const headers = { "Cache-Control": "no-store" };
  try {
    const found = await load(await openContext());
    if (found === null || found === undefined) return Response.json({ message: "There is no such site." }, { status: 404, headers });
    return Response.json(found, { headers });
  } catch (thrown) {
    return Response.json(failureOf(name, thrown), { status: 500, headers });
  }
}
