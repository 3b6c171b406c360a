import { Download } from "lucide-react";
import type { Metadata } from "next";
import { AuditLog } from "#components/audit/audit-log.tsx";
import { PageHeader } from "#components/shell/page-header.tsx";
import { buttonLook } from "#components/ui/button-look.ts";
import { inChosenTenant } from "#lib/console/access.ts";
import { loadAuditPage } from "#lib/console/audit-entries.ts";
import { readAuditQuery, writeAuditQuery } from "#lib/console/audit-query.ts";
import { openPage } from "#lib/console/page.ts";

export const metadata: Metadata = { title: "Audit Log" };

export default async function AuditLogPage({ searchParams }: { searchParams: Promise<Record<string, string | string[]>> }) {
  const context = await openPage(inChosenTenant("Read-Only"), null);
  const parameters = Object.entries(await searchParams).map(([name, value]) => [name, [value].flat()[0] ?? ""]);
  const query = readAuditQuery(new URLSearchParams(parameters));
  const page = await loadAuditPage(context, query);
  return (
    <>
      <PageHeader
        title="Audit Log"
        actions={
          <a
            href={`/api/tenants/${context.tenant.id}/audit-log?${writeAuditQuery({ ...query, before: null })}`}
            download
            className={buttonLook("secondary")}
          >
            <Download aria-hidden className="size-4" />
            Export CSV
          </a>
        }
      />
      <AuditLog query={query} page={page} />
    </>
  );
}
