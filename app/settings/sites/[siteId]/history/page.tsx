import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { destroyKeyAction, restoreSiteAction } from "#app/settings/sites/actions.ts";
import { TenantOfPage } from "#components/shell/tenant-of-page.tsx";
import { SiteHistory } from "#components/site/site-history.tsx";
import { onSite } from "#lib/console/access.ts";
import { loadHistory } from "#lib/console/load-history.ts";
import { openPage } from "#lib/console/page.ts";

export const metadata: Metadata = { title: "Site Details: History" };

type Props = { params: Promise<{ siteId: string }>; searchParams: Promise<{ before?: string | string[] }> };

export default async function SiteHistoryPage({ params, searchParams }: Props) {
  const { siteId } = await params;
  const context = await openPage(onSite("Read-Only"), { siteId });
  const before = Number((await searchParams).before);
  const history = await loadHistory(context, siteId, Number.isSafeInteger(before) && before > 0 ? before : undefined);
  if (!history) notFound();
  return (
    <TenantOfPage tenant={context.tenant}>
      <SiteHistory
        history={history}
        isReadOnly={context.role === "Read-Only"}
        actions={{ restore: restoreSiteAction, destroyKey: destroyKeyAction }}
      />
    </TenantOfPage>
  );
}
