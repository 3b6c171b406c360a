import { loadSiteView } from "#lib/console/load-site-view.ts";
import { answerJson } from "#lib/console/route.ts";

export const dynamic = "force-dynamic";

export async function GET(_request: Request, { params }: { params: Promise<{ siteId: string }> }) {
  const { siteId } = await params;
  return answerJson("site.view", async (context) => {
    const view = await loadSiteView(context, siteId);
    return view?.ok ? view.value : null;
  });
}
