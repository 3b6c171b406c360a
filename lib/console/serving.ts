import { createHmac, randomBytes } from "node:crypto";
import type { ConsoleContext } from "#lib/console/context.ts";
import type { ServingView } from "#lib/console/site-view.ts";
import type { ServingState } from "#lib/store/store.ts";

/** The sensor's answers about the tenant's sites; `siteIds` narrows, and a site of another tenant is not found. */
export async function loadServing({ store, tenant }: ConsoleContext, siteIds?: string[]): Promise<ServingView[]> {
  return (await store.servingStates(tenant.id, siteIds)).map(viewOf);
}

/**
 * The same for the list, which asks every two seconds: 304 without a body while nothing can have changed. The mark is read
 * before the states, so that what changes in between is asked for again.
 */
export async function answerServing(context: ConsoleContext, request: Request): Promise<Response> {
  const tag = tagOf(context.tenant.id, await context.store.servingMark(context.now));
  const headers = { "Cache-Control": "no-store", ETag: tag };
  if (request.headers.get("if-none-match") === tag) return new Response(null, { status: 304, headers });
  return Response.json(await loadServing(context), { headers });
}

/**
 * Each tenant's own, and without the numbers that it stands for: they would tell how much all tenants change. The store
 * counts the files that it opens anew in each process, so that another process's tag must never fit.
 */
function tagOf(tenantId: string, mark: string): string {
  return `"${createHmac("sha256", tagKey).update(`${tenantId} ${mark}`).digest("base64url")}"`;
}

const tagKey = randomBytes(32);

function viewOf({ savedAt, servedAt, lastSeenAt, ...state }: ServingState): ServingView {
  return {
    ...state,
    savedAt: savedAt.toISOString(),
    servedAt: servedAt?.toISOString() ?? null,
    lastSeenAt: lastSeenAt?.toISOString() ?? null,
  };
}
