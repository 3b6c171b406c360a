import { auditFilter } from "#lib/console/audit-entries.ts";
import { readAuditQuery } from "#lib/console/audit-query.ts";
import type { ConsoleContext } from "#lib/console/context.ts";
import { csvLine, download } from "#lib/console/download.ts";
import type { AuditRow } from "#lib/store/store.ts";

const batch = 500;

/** The rows of the log that the request's URL asks for as a CSV file, all of them, newest first; times are UTC. */
export function exportAudit(request: Request, context: ConsoleContext): Response {
  const query = { ...readAuditQuery(new URL(request.url).searchParams), before: null };
  const name = `tessera-audit-log-${context.now.toISOString().slice(0, 10)}.csv`;
  return download(name, "text/csv; charset=utf-8", linesOf(context, query));
}

async function* linesOf(context: ConsoleContext, query: ReturnType<typeof readAuditQuery>): AsyncGenerator<string> {
  yield csvLine(["Row", "Time (UTC)", "Who", "From", "Action", "Subject", "Detail", "Hash"]);
  for (let before: number | null = null; ; ) {
    const rows: AuditRow[] = await context.store.audit.list(auditFilter(context, { ...query, before }, batch));
    yield rows.map(lineOf).join("");
    const last = rows.at(-1);
    if (!last || rows.length < batch) return;
    before = last.id;
  }
}

function lineOf({ id, at, actor, address, action, subject, detail, hash }: AuditRow): string {
  return csvLine([String(id), at.toISOString(), actor, address ?? "", action, subject ?? "", JSON.stringify(detail), hash]);
}
