import { createHash } from "node:crypto";
import type { auditLog } from "#lib/store/console-tables.ts";

/** A row as it is stored: `detail` is the very text that was hashed. */
export type StoredAuditRow = typeof auditLog.$inferSelect;

/** What stands where the first row has no row before it. */
export const chainStart = "0".repeat(64);

/** SHA-256 (hex) over every column and the hash before; JSON of an array, so that no two rows are ever written alike. */
export function hashOfRow(row: Omit<StoredAuditRow, "hash">): string {
  const { id, at, actor, address, tenantId, action, subject, detail, previousHash } = row;
  const columns = [formatVersion, id, at.getTime(), actor, address, tenantId, action, subject, detail, previousHash];
  return createHash("sha256").update(JSON.stringify(columns)).digest("hex");
}

const formatVersion = 1;
