import type { Metadata } from "next";
import { deleteSiteAction, restoreSiteAction, saveSiteAction, testClientAction, testOriginAction } from "#app/settings/sites/actions.ts";
import { SiteForm } from "#components/site/site-form.tsx";
import { inChosenTenant } from "#lib/console/access.ts";
import { newSiteView } from "#lib/console/load-site-view.ts";
import { openPage } from "#lib/console/page.ts";

export const metadata: Metadata = { title: "Add Site" };

export default async function AddSitePage() {
  const context = await openPage(inChosenTenant("Read-Only"), null);
  return (
    <SiteForm
      initial={newSiteView(context)}
      actions={{
        save: saveSiteAction,
        remove: deleteSiteAction,
        restore: restoreSiteAction,
        testClient: testClientAction,
        testOrigin: testOriginAction,
      }}
    />
  );
}
