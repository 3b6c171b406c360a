import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { connection } from "next/server";
import { destroyKeyAction, restoreSiteAction } from "#app/settings/sites/actions.ts";
import { SiteHistory } from "#components/site/site-history.tsx";
import { openContext } from "#lib/console/context.ts";
import { loadHistory } from "#lib/console/load-history.ts";

export const metadata: Metadata = { title: "Site Details: History" };

type Props = { params: Promise<{ siteId: string }>; searchParams: Promise<{ before?: string | string[] }> };

export default async function SiteHistoryPage({ params, searchParams }: Props) {
  await connection();
  const before = Number((await searchParams).before);
  const context = await openContext();
  const history = await loadHistory(context, (await params).siteId, Number.isSafeInteger(before) && before > 0 ? before : undefined);
  if (!history) notFound();
  return <SiteHistory history={history} actions={{ restore: restoreSiteAction, destroyKey: destroyKeyAction }} />;
}
