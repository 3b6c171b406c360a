import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { deleteSiteAction, restoreSiteAction, saveSiteAction, testClientAction, testOriginAction } from "#app/settings/sites/actions.ts";
import { TenantOfPage } from "#components/shell/tenant-of-page.tsx";
import { SiteForm } from "#components/site/site-form.tsx";
import { UnreadableSite } from "#components/site/unreadable-site.tsx";
import { onSite } from "#lib/console/access.ts";
import { loadSiteView } from "#lib/console/load-site-view.ts";
import { openPage } from "#lib/console/page.ts";

export const metadata: Metadata = { title: "Site Details" };

export default async function SitePage({ params }: { params: Promise<{ siteId: string }> }) {
  const { siteId } = await params;
  const context = await openPage(onSite("Read-Only"), { siteId });
  const view = await loadSiteView(context, siteId);
  if (!view) notFound();
  return (
    <TenantOfPage tenant={context.tenant}>
      {view.ok ? (
        <SiteForm
          initial={view.value}
          actions={{
            save: saveSiteAction,
            remove: deleteSiteAction,
            restore: restoreSiteAction,
            testClient: testClientAction,
            testOrigin: testOriginAction,
          }}
        />
      ) : (
        <UnreadableSite siteId={siteId} problems={view.problems} />
      )}
    </TenantOfPage>
  );
}
