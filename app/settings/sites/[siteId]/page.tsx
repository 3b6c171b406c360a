import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { connection } from "next/server";
import { deleteSiteAction, saveSiteAction } from "#app/settings/sites/actions.ts";
import { SiteForm } from "#components/site/site-form.tsx";
import { UnreadableSite } from "#components/site/unreadable-site.tsx";
import { openContext } from "#lib/console/context.ts";
import { loadSiteView } from "#lib/console/load-site-view.ts";

export const metadata: Metadata = { title: "Site Details" };

export default async function SitePage({ params }: { params: Promise<{ siteId: string }> }) {
  await connection();
  const { siteId } = await params;
  const view = await loadSiteView(await openContext(), siteId);
  if (!view) notFound();
  if (!view.ok) return <UnreadableSite siteId={siteId} problems={view.problems} />;
  return <SiteForm initial={view.value} actions={{ save: saveSiteAction, remove: deleteSiteAction }} />;
}
