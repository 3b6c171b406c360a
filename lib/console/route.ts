import { type Access, isAboutRights } from "#lib/console/access.ts";
import { failureOf } from "#lib/console/action.ts";
import { noSession } from "#lib/console/context.ts";
import { guard } from "#lib/console/guarded.ts";
import type { Problem } from "#lib/site/problem.ts";

type RouteHandler = (request: Request, route: { params: Promise<Record<string, string>> }) => Promise<Response>;

/**
 * The one way into the product for a route handler: finds out who asks and whether they may, then answers in JSON what
 * `load` found, 404 for nothing and for what belongs to others, 500 with a problem for a thrown failure; never cached.
 */
export function defineRoute<Params, Context>(
  name: string,
  access: Access<Params, Context>,
  load: (context: Context, params: Params, request: Request) => Promise<unknown>,
): RouteHandler {
  const handler: RouteHandler = async (request, route) => {
    try {
      const params = paramsOf<Params>(await route.params);
      const opened = await access.open(params);
      if (!opened.ok) return refusalOf(opened.problems[0]);
      const found = await load(opened.value, params, request);
      if (found instanceof Response) return found;
      return found === null || found === undefined ? nothing() : Response.json(found, { headers });
    } catch (thrown) {
      return Response.json(failureOf(name, thrown), { status: 500, headers });
    }
  };
  return guard(handler, name, access.name);
}

const headers = { "Cache-Control": "no-store" };

function nothing(): Response {
  return Response.json({ message: "There is nothing here." }, { status: 404, headers });
}

function refusalOf(problem: Problem | undefined): Response {
  if (problem?.code === noSession.code) return Response.json({ message: "Sign in first." }, { status: 401, headers });
  if (problem && isAboutRights(problem)) return Response.json({ message: problem.message }, { status: 403, headers });
  return nothing();
}

/** Next makes the parameters from the route's own folder names, so they have the names that its handler asks for. */
function paramsOf<Params>(params: Record<string, string>): Params {
  return params as Params;
}
