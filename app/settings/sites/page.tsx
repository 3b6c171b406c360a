import type { Metadata } from "next";
import { Suspense } from "react";
import { PageHeader } from "#components/shell/page-header.tsx";
import { AddSite } from "#components/site/add-site.tsx";
import { NoSites } from "#components/site/no-sites.tsx";
import { SitesLoading } from "#components/site/sites-loading.tsx";
import { SitesTable } from "#components/site/sites-table.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { inChosenTenant } from "#lib/console/access.ts";
import type { ConsoleContext } from "#lib/console/context.ts";
import { openPage } from "#lib/console/page.ts";
import { loadSiteRows } from "#lib/console/site-rows.ts";

export const metadata: Metadata = { title: "Sites" };

export default async function SitesPage() {
  const context = await openPage(inChosenTenant("Read-Only"), null);
  return (
    <>
      <PageHeader
        title="Sites"
        actions={
          <>
            <LinkButton href="/settings/requests">Find a Request</LinkButton>
            <AddSite isReadOnly={context.role === "Read-Only"} />
          </>
        }
      />
      <Suspense fallback={<SitesLoading />}>
        <SiteList context={context} />
      </Suspense>
    </>
  );
}

async function SiteList({ context }: { context: ConsoleContext }) {
  const rows = await loadSiteRows(context);
  return rows.length === 0 ? <NoSites /> : <SitesTable rows={rows} tenantId={context.tenant.id} />;
}
