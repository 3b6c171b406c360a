import { inTenant } from "#lib/console/access.ts";
import { exportAudit } from "#lib/console/export-audit.ts";
import { defineRoute } from "#lib/console/route.ts";

export const dynamic = "force-dynamic";

export const GET = defineRoute("audit.export", inTenant("Read-Only"), async (context, _, request) => exportAudit(request, context));
