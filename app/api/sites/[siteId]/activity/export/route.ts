import { onSite } from "#lib/console/access.ts";
import { exportActivity } from "#lib/console/export-activity.ts";
import { defineRoute } from "#lib/console/route.ts";

export const dynamic = "force-dynamic";

export const GET = defineRoute("site.activity-export", onSite("Read-Only"), async (context, { siteId }, request) =>
  exportActivity(request, context, siteId),
);
