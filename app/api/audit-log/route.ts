import { exportAudit } from "#lib/console/export-audit.ts";
import { answerWith } from "#lib/console/route.ts";

export const dynamic = "force-dynamic";

export function GET(request: Request) {
  return answerWith("audit.export", async (context) => exportAudit(request, context));
}
