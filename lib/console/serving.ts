import { createHmac, randomBytes } from "node:crypto";
import type { ConsoleContext } from "#lib/console/context.ts";
import { untilServingMoves } from "#lib/console/serving-watch.ts";
import type { ServingPoll, ServingView } from "#lib/console/site-view.ts";
import type { ServingState } from "#lib/store/store.ts";

/** The sensor's answers about the tenant's sites; `siteIds` narrows, and a site of another tenant is not found. */
export async function loadServing({ store, tenant }: ConsoleContext, siteIds?: readonly string[]): Promise<ServingView[]> {
  return (await store.servingStates(tenant.id, siteIds)).map(viewOf);
}

/**
 * The answer about one site, null when the tenant has none of this id. With `?awaited=REVISION` it is held back until the
 * sensor has judged that revision, for a second and a half at most: a page that has just saved hears of it at once.
 */
export async function awaitServing(context: ConsoleContext, siteId: string, request: Request): Promise<ServingView | null> {
  const awaited = Number(new URL(request.url).searchParams.get("awaited") ?? 0);
  const deadline = performance.now() + longestWaitMs;
  for (;;) {
    const mark = await context.store.servingMark();
    const [state] = await loadServing(context, [siteId]);
    const leftMs = deadline - performance.now();
    if (!state || !isAwaited(state, awaited) || leftMs <= 0 || request.signal.aborted) return state ?? null;
    await untilServingMoves(context.store, mark, leftMs, request.signal);
  }
}

const longestWaitMs = 1_500;

/** A sensor that gives no sign of life is not waited for. */
function isAwaited({ revision, state, isSensorAlive }: ServingView, awaited: number): boolean {
  return revision === awaited && state === "waiting" && isSensorAlive === true;
}

/**
 * The answers for a page of the list, which asks every two seconds for the sites that `site` names: 304 without a body while
 * nothing can have changed. The mark is read before the states, so that what changes in between is asked for again.
 */
export async function answerServing(context: ConsoleContext, request: Request): Promise<Response> {
  const siteIds = new URL(request.url).searchParams.getAll("site").slice(0, mostSites);
  const tag = tagOf(context.tenant.id, ...siteIds, await context.store.servingMark(context.now));
  const headers = { "Cache-Control": "no-store", ETag: tag };
  if (request.headers.get("if-none-match") === tag) return new Response(null, { status: 304, headers });
  const poll: ServingPoll = {
    newest: await context.store.sites.newestChange(context.tenant.id),
    states: await loadServing(context, siteIds),
  };
  return Response.json(poll, { headers });
}

const mostSites = 100;

/**
 * Each tenant's own, and without the numbers that it stands for: they would tell how much all tenants change. The store
 * counts the files that it opens anew in each process, so that another process's tag must never fit.
 */
function tagOf(...mark: string[]): string {
  return `"${createHmac("sha256", tagKey).update(mark.join(" ")).digest("base64url")}"`;
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
