import { Plus } from "lucide-react";
import type { Metadata } from "next";
import { connection } from "next/server";
import { Suspense } from "react";
import { PageHeader } from "#components/shell/page-header.tsx";
import { NoSites } from "#components/site/no-sites.tsx";
import { SitesLoading } from "#components/site/sites-loading.tsx";
import { SitesTable } from "#components/site/sites-table.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { loadSiteRows } from "#lib/console/site-rows.ts";

export const metadata: Metadata = { title: "Sites" };

export default function SitesPage() {
  return (
    <>
      <PageHeader
        title="Sites"
        actions={
          <LinkButton href="/settings/sites/new" variant="primary">
            <Plus aria-hidden className="size-4" />
            Add Site
          </LinkButton>
        }
      />
      <Suspense fallback={<SitesLoading />}>
        <SiteList />
      </Suspense>
    </>
  );
}

async function SiteList() {
  await connection();
  const rows = await loadSiteRows();
  return rows.length === 0 ? <NoSites /> : <SitesTable rows={rows} />;
}
