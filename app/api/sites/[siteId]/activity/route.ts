import { onSite } from "#lib/console/access.ts";
import { readActivityQuery } from "#lib/console/activity-query.ts";
import { loadTail } from "#lib/console/load-activity.ts";
import { defineRoute } from "#lib/console/route.ts";

export const dynamic = "force-dynamic";

export const GET = defineRoute("site.activity", onSite("Read-Only"), async (context, { siteId }, request) => {
  const parameters = new URL(request.url).searchParams;
  const since = Number(parameters.get("since") ?? 0);
  return loadTail(context, siteId, readActivityQuery(parameters), Number.isSafeInteger(since) && since > 0 ? since : 0);
});
