import type { Metadata } from "next";
import { FindRequest } from "#components/activity/find-request.tsx";
import { PageHeader } from "#components/shell/page-header.tsx";
import { signedIn } from "#lib/console/access.ts";
import { findRequest } from "#lib/console/find-request.ts";
import { openPage } from "#lib/console/page.ts";

export const metadata: Metadata = { title: "Find a Request" };

export default async function RequestsPage({ searchParams }: { searchParams: Promise<{ id?: string | string[] }> }) {
  const context = await openPage(signedIn, null);
  const requestId = ([(await searchParams).id].flat()[0] ?? "").trim().slice(0, 64);
  const found = requestId === "" ? null : await findRequest(context, requestId);
  return (
    <>
      <PageHeader title="Find a Request" trail={[{ label: "Sites", href: "/settings/sites" }, { label: "Find a Request" }]} />
      <FindRequest requestId={requestId} found={found} />
    </>
  );
}
