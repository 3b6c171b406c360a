import { onSite } from "#lib/console/access.ts";
import { defineRoute } from "#lib/console/route.ts";
import { awaitServing } from "#lib/console/serving.ts";

export const dynamic = "force-dynamic";

export const GET = defineRoute("site.serving", onSite("Read-Only"), (context, { siteId }, request) =>
  awaitServing(context, siteId, request),
);
