import { onSite } from "#lib/console/access.ts";
import { loadSiteView } from "#lib/console/load-site-view.ts";
import { defineRoute } from "#lib/console/route.ts";

export const dynamic = "force-dynamic";

export const GET = defineRoute("site.view", onSite("Read-Only"), async (context, { siteId }) => {
  const view = await loadSiteView(context, siteId);
  return view?.ok ? view.value : null;
});
