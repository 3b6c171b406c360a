import { asc, gt, sql } from "drizzle-orm";
import type { AuditHead } from "#lib/store/audit.ts";
import { chainStart, hashOfRow, type StoredAuditRow } from "#lib/store/audit-chain.ts";
import { auditLog } from "#lib/store/console-tables.ts";
import type { Queries } from "#lib/store/database.ts";

/** What a look at the whole chain found: how many rows there are, the newest, and what is wrong, a sentence each. */
export type AuditVerdict = { rows: number; newest: AuditHead | null; faults: string[] };

/**
 * Follows the chain from its first row: finds rows that are missing, altered or cut off. Whoever can write the file can
 * also rewrite the chain to its end, so only a `head` that was kept elsewhere proves that this did not happen.
 */
export function verifyAudit(queries: Queries, head?: string): AuditVerdict {
  const faults: string[] = [];
  let previous: AuditHead = { id: 0, hash: chainStart, action: "" };
  let rows = 0;
  let isHeadFound = head === undefined;
  for (const row of eachRow(queries)) {
    rows += 1;
    faults.push(...faultsOf(row, previous));
    isHeadFound ||= row.hash === head;
    previous = { id: row.id, hash: row.hash, action: row.action };
  }
  const lastId = newestIdEver(queries);
  if (lastId > previous.id) faults.push(`${rowsBetween(previous.id, lastId + 1)} missing at the end.`);
  if (!isHeadFound)
    faults.push(`No row has the head ${head}: the rows up to it were cut or rewritten, or this is an older copy of the database.`);
  return { rows, newest: rows === 0 ? null : previous, faults };
}

function faultsOf(row: StoredAuditRow, previous: AuditHead): string[] {
  if (row.id !== previous.id + 1) return [`${rowsBetween(previous.id, row.id)} missing.`, ...alterationOf(row)];
  if (row.previousHash !== previous.hash)
    return [`Row ${row.id} does not follow row ${previous.id}: one of them was replaced.`, ...alterationOf(row)];
  return alterationOf(row);
}

function alterationOf(row: StoredAuditRow): string[] {
  return hashOfRow(row) === row.hash ? [] : [`Row ${row.id} was altered.`];
}

/** The rows after `before` and before `after`, in words. */
function rowsBetween(before: number, after: number): string {
  const [first, last] = [before + 1, after - 1];
  return first === last ? `Row ${first} is` : `Rows ${first} to ${last} are`;
}

function* eachRow(queries: Queries): Generator<StoredAuditRow> {
  for (let after = 0; ; ) {
    const rows = queries.select().from(auditLog).where(gt(auditLog.id, after)).orderBy(asc(auditLog.id)).limit(500).all();
    yield* rows;
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
  }
}

/** SQLite keeps the largest id that an AUTOINCREMENT table ever had, also when the row is gone. */
function newestIdEver(queries: Queries): number {
  return queries.get<{ seq: number } | undefined>(sql`SELECT seq FROM sqlite_sequence WHERE name = 'audit_log'`)?.seq ?? 0;
}
