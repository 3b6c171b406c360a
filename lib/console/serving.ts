import type { ConsoleContext } from "#lib/console/context.ts";
import type { ServingView } from "#lib/console/site-view.ts";
import type { ServingState } from "#lib/store/store.ts";

/** The sensor's answers about the tenant's sites; `siteIds` narrows, and a site of another tenant is not found. */
export async function loadServing({ store, tenant }: ConsoleContext, siteIds?: string[]): Promise<ServingView[]> {
  return (await store.servingStates(tenant.id, siteIds)).map(viewOf);
}

function viewOf({ savedAt, servedAt, lastSeenAt, ...state }: ServingState): ServingView {
  return {
    ...state,
    savedAt: savedAt.toISOString(),
    servedAt: servedAt?.toISOString() ?? null,
    lastSeenAt: lastSeenAt?.toISOString() ?? null,
  };
}
