import { answerJson } from "#lib/console/route.ts";
import { loadServing } from "#lib/console/serving.ts";

export const dynamic = "force-dynamic";

export async function GET(_request: Request, { params }: { params: Promise<{ siteId: string }> }) {
  const { siteId } = await params;
  return answerJson("site.serving", async (context) => (await loadServing(context, [siteId]))[0]);
}
