import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { Suspense } from "react";
import { ActivityLoading } from "#components/activity/activity-loading.tsx";
import { SiteActivity } from "#components/activity/site-activity.tsx";
import { PageHeader } from "#components/shell/page-header.tsx";
import { TenantOfPage } from "#components/shell/tenant-of-page.tsx";
import { SiteTabs } from "#components/site/site-tabs.tsx";
import { onSite } from "#lib/console/access.ts";
import { type ActivityQuery, readActivityQuery } from "#lib/console/activity-query.ts";
import type { ConsoleContext } from "#lib/console/context.ts";
import { loadActivity } from "#lib/console/load-activity.ts";
import { openPage } from "#lib/console/page.ts";

export const metadata: Metadata = { title: "Site Details: Activity" };

type Props = { params: Promise<{ siteId: string }>; searchParams: Promise<Record<string, string | string[]>> };

export default async function SiteActivityPage({ params, searchParams }: Props) {
  const { siteId } = await params;
  const context = await openPage(onSite("Read-Only"), { siteId });
  const stored = await context.store.sites.get(context.tenant.id, siteId);
  if (!stored) notFound();
  const parameters = Object.entries(await searchParams).map(([name, value]) => [name, [value].flat()[0] ?? ""]);
  const query = readActivityQuery(new URLSearchParams(parameters));
  const hostName = stored.site.ok ? stored.site.value.hostName : siteId;
  return (
    <TenantOfPage tenant={context.tenant}>
      <PageHeader title="Site Details" trail={[{ label: "Sites", href: "/settings/sites" }, { label: hostName }]} />
      <SiteTabs siteId={siteId} current="Activity">
        <Suspense fallback={<ActivityLoading />}>
          <Activity context={context} siteId={siteId} query={query} />
        </Suspense>
      </SiteTabs>
    </TenantOfPage>
  );
}

async function Activity({ context, siteId, query }: { context: ConsoleContext; siteId: string; query: ActivityQuery }) {
  const view = await loadActivity(context, siteId, query);
  return view && <SiteActivity view={view} query={query} />;
}
