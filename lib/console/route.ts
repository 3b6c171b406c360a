import { failureOf } from "#lib/console/action.ts";
import { type ConsoleContext, openContext } from "#lib/console/context.ts";

/** Answers a GET in JSON: what `load` found, 404 for nothing; never cached. */
export function answerJson(name: string, load: (context: ConsoleContext) => Promise<unknown>): Promise<Response> {
  return answerWith(name, async (context) => {
    const found = await load(context);
    if (found === null || found === undefined) return Response.json({ message: "There is no such site." }, { status: 404, headers });
    return Response.json(found, { headers });
  });
}

/** Answers a GET with what `make` makes, 500 with a problem for a thrown failure. */
export async function answerWith(name: string, make: (context: ConsoleContext) => Promise<Response>): Promise<Response> {
  try {
    return await make(await openContext());
  } catch (thrown) {
    return Response.json(failureOf(name, thrown), { status: 500, headers });
  }
}

const headers = { "Cache-Control": "no-store" };
