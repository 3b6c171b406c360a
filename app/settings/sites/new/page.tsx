import type { Metadata } from "next";
import { connection } from "next/server";
import { deleteSiteAction, saveSiteAction } from "#app/settings/sites/actions.ts";
import { SiteForm } from "#components/site/site-form.tsx";
import { openContext } from "#lib/console/context.ts";
import { newSiteView } from "#lib/console/load-site-view.ts";

export const metadata: Metadata = { title: "Add Site" };

export default async function AddSitePage() {
  await connection();
  return <SiteForm initial={newSiteView(await openContext())} actions={{ save: saveSiteAction, remove: deleteSiteAction }} />;
}
