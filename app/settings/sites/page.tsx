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
import { readSiteQuery, type SiteQuery } from "#lib/console/site-query.ts";
import { loadSitePage } from "#lib/console/site-rows.ts";

export const metadata: Metadata = { title: "Sites" };

type Props = { searchParams: Promise<Record<string, string | string[]>> };

export default async function SitesPage({ searchParams }: Props) {
  const context = await openPage(inChosenTenant("Read-Only"), null);
  const parameters = Object.entries(await searchParams).map(([name, value]) => [name, [value].flat()[0] ?? ""]);
  const query = readSiteQuery(new URLSearchParams(parameters));
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
        <SiteList context={context} query={query} />
      </Suspense>
    </>
  );
}

async function SiteList({ context, query }: { context: ConsoleContext; query: SiteQuery }) {
  const page = await loadSitePage(context, query);
  return page.hasSites ? <SitesTable query={query} page={page} /> : <NoSites />;
}
