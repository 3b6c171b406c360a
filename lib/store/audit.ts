import { and, desc, eq, gt, gte, inArray, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import { type AuditAction, actionsNamed } from "#lib/store/audit-actions.ts";
import { chainStart, hashOfRow, type StoredAuditRow } from "#lib/store/audit-chain.ts";
import { auditLog } from "#lib/store/console-tables.ts";
import { contains } from "#lib/store/contains.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";

/** By whom, from which address and when something is changed; `address` is null for what is done on the machine itself. */
export type Authorship = { author: string; address: string | null; now: Date };

/** What happened, to what, and what else is worth knowing: never a secret, only its fingerprint. */
export type AuditEvent = {
  /** Null for what concerns no single tenant. */
  tenantId: string | null;
  action: AuditAction;
  /** The id or name of what was changed. */
  subject: string | null;
  detail: AuditDetail;
};

export type AuditDetail = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** A row as readers get it. `hash` covers every other column and, by `previousHash`, all rows before. */
export type AuditRow = Omit<StoredAuditRow, "detail"> & { detail: AuditDetail };

/** The newest row: what proves later that nothing before it was altered, and that it was not cut off. */
export type AuditHead = { id: number; hash: string; action: string };

/** Of one tenant, with or without what concerns no single tenant; from newest to oldest, those before the row `before`. */
export type AuditFilter = {
  tenantId: string;
  hasGlobal: boolean;
  actions?: readonly AuditAction[] | undefined;
  /** Any part of actor, address, subject or detail, or of the words for the action. */
  search?: string | undefined;
  from?: Date | undefined;
  until?: Date | undefined;
  before?: number | undefined;
  limit: number;
};

/** Adds a row to the chain inside the transaction of the change it tells of: neither is ever there without the other. */
export function appendAudit(tx: Transaction, { author, address, now }: Authorship, event: AuditEvent): void {
  const head = auditHead(tx);
  const row = {
    id: (head?.id ?? 0) + 1,
    at: now,
    actor: author,
    address,
    tenantId: event.tenantId,
    action: event.action,
    subject: event.subject,
    detail: JSON.stringify(event.detail),
    previousHash: head?.hash ?? chainStart,
  };
  tx.insert(auditLog)
    .values({ ...row, hash: hashOfRow(row) })
    .run();
}

/** The rows that a filter admits, newest first. */
export function listAudit(queries: Queries, filter: AuditFilter): AuditRow[] {
  const rows = queries
    .select()
    .from(auditLog)
    .where(and(...conditionsOf(filter)));
  return rows.orderBy(desc(auditLog.id)).limit(filter.limit).all().map(readable);
}

/** The newest row, null before the first. */
export function auditHead(queries: Queries): AuditHead | null {
  const newest = sql`(SELECT max(id) FROM ${auditLog})`;
  return queries.select(headColumns).from(auditLog).where(eq(auditLog.id, newest)).get() ?? null;
}

/** The rows after `id`, oldest first, as heads of the chain that they were. */
export function auditHeadsAfter(queries: Queries, id: number): AuditHead[] {
  return queries.select(headColumns).from(auditLog).where(gt(auditLog.id, id)).orderBy(auditLog.id).all();
}

const headColumns = { id: auditLog.id, hash: auditLog.hash, action: auditLog.action };

function conditionsOf({ tenantId, hasGlobal, actions, search, from, until, before }: AuditFilter): (SQL | undefined)[] {
  const ofTenant = eq(auditLog.tenantId, tenantId);
  return [
    hasGlobal ? or(ofTenant, isNull(auditLog.tenantId)) : ofTenant,
    actions && inArray(auditLog.action, [...actions]),
    search ? or(...searched.map((column) => contains(column, search)), inArray(auditLog.action, actionsNamed(search))) : undefined,
    from && gte(auditLog.at, from),
    until && lt(auditLog.at, until),
    before === undefined ? undefined : lt(auditLog.id, before),
  ];
}

const searched = [auditLog.actor, auditLog.address, auditLog.subject, auditLog.detail];

function readable({ detail, ...row }: StoredAuditRow): AuditRow {
  return { ...row, detail: detailOf(detail) };
}

/** A row that somebody altered must not keep the others from being read: `verifyAudit` names it. */
function detailOf(text: string): AuditDetail {
  try {
    const detail: unknown = JSON.parse(text);
    return typeof detail === "object" && detail !== null && !Array.isArray(detail) ? (detail as AuditDetail) : { unreadable: text };
  } catch {
    return { unreadable: text };
  }
}
