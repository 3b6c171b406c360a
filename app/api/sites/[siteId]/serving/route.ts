import { onSite } from "#lib/console/access.ts";
import { defineRoute } from "#lib/console/route.ts";
import { loadServing } from "#lib/console/serving.ts";

export const dynamic = "force-dynamic";

export const GET = defineRoute(
  "site.serving",
  onSite("Read-Only"),
  async (context, { siteId }) => (await loadServing(context, [siteId]))[0],
);
